import { describe, expect, it } from 'vitest';
import { pointOf, samplesIn } from './measures.ts';

const moment = (at: number, ...texts: readonly string[]) => ({ at, sources: texts.map(samplesIn) });

describe('a point of health', () => {
  it('says what two moments tell', () => {
    const before = moment(1_000, 'cablehub_gateway_connections 2\ncablehub_gateway_frames_sent_total 10');
    const now = moment(
      3_000,
      'cablehub_gateway_connections 3\ncablehub_gateway_frames_sent_total 30\ncablehub_gateway_resumes_total{outcome="confirmed"} 2',
      'cablehub_projector_lag_events 5\ncablehub_presence_users 1\ncablehub_presence_contacts 2',
    );
    expect(pointOf(now, before)).toMatchObject({
      at: 3_000,
      gateways: 1,
      connections: 3,
      frames_per_second: 10,
      projector_lag_events: 5,
      resumes: { 'resume confirmed': 2 },
      presence: 3,
    });
  });

  it('finds quantiles among what was measured in between', () => {
    const buckets = (fast: number, slow: number): string =>
      ['0.001', '0.01', '+Inf']
        .map((le, index) => `cablehub_gateway_delivery_seconds_bucket{le="${le}"} ${[0, fast, fast + slow][index]}`)
        .join('\n');
    const point = pointOf(moment(2, buckets(110, 0)), moment(1, buckets(10, 0)));
    expect(point.delivery_p50_ms).toBeCloseTo(5.5);
    expect(point.delivery_p99_ms).toBeCloseTo(9.91);
  });

  it('does not know what nobody tells', () => {
    expect(pointOf(moment(2), moment(1))).toEqual({
      at: 2,
      gateways: null,
      connections: null,
      frames_per_second: null,
      projector_lag_events: null,
      projector_lag_seconds: null,
      delivery_p50_ms: null,
      delivery_p99_ms: null,
      resumes: null,
      presence: null,
    });
  });
});
