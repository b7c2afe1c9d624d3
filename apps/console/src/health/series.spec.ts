import { describe, expect, it } from 'vitest';
import { added, plotted, resumeOutcomes, WINDOW_MS, type HealthPoint } from './series.ts';

const point = (at: number, over: Partial<HealthPoint> = {}): HealthPoint => ({
  at,
  gateways: 1,
  connections: 5,
  frames_per_second: 2,
  projector_lag_events: 0,
  projector_lag_seconds: 0,
  delivery_p50_ms: 3,
  delivery_p99_ms: 9,
  resumes: {},
  presence: 2,
  ...over,
});
const connections = { label: 'connections', valueOf: (one: HealthPoint) => one.connections };

describe('the series', () => {
  it('keeps points in order, each once, and the last one that came', () => {
    const points = added([point(2_000), point(4_000)], [point(4_000, { connections: 8 }), point(1_000)]);
    expect(points.map(({ at, connections: value }) => [at, value])).toEqual([
      [1_000, 5],
      [2_000, 5],
      [4_000, 8],
    ]);
  });

  it('forgets what is older than the window', () => {
    expect(added([point(0)], [point(WINDOW_MS + 1)])).toHaveLength(1);
  });
});

describe('a chart', () => {
  it('shows what is not known as a gap', () => {
    const points = [point(2_000), point(4_000, { connections: null }), point(6_000)];
    expect(plotted(points, [connections])).toEqual([
      [2, 4, 6],
      [5, null, 5],
    ]);
  });

  it('does not bridge a time in which nothing was measured', () => {
    const points = [point(2_000), point(4_000), point(6_000), point(60_000)];
    expect(plotted(points, [connections])).toEqual([
      [2, 4, 6, 8, 60],
      [5, 5, 5, null, 5],
    ]);
  });

  it('is empty without points', () => {
    expect(plotted([], [connections])).toEqual([[], []]);
  });

  it('has a line for every outcome of a resume', () => {
    expect(resumeOutcomes([point(1, { resumes: { resumed: 1 } }), point(2, { resumes: { expired: 2 } })])).toEqual([
      'expired',
      'resumed',
    ]);
    expect(resumeOutcomes([point(1, { resumes: null })])).toEqual([]);
  });
});
