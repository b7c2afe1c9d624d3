import { describe, expect, it } from 'vitest';
import { metricsIn } from './hub.ts';

const page = `# HELP cablehub_gateway_connections Open sockets.
# TYPE cablehub_gateway_connections gauge
cablehub_gateway_connections 7
cablehub_gateway_subscriptions{kind="agent"} 3
cablehub_gateway_subscriptions{kind="contact"} 4
`;

describe('the metrics of a replica', () => {
  it('are read by name and summed over their labels', () => {
    const metrics = metricsIn(page);
    expect(metrics('cablehub_gateway_connections')).toBe(7);
    expect(metrics('cablehub_gateway_subscriptions')).toBe(7);
    expect(metrics('cablehub_gateway')).toBe(0);
  });
});
