import { readSettings } from '@cablehub/process';
import { describe, expect, it } from 'vitest';
import { gatewaySettings } from './settings.ts';

describe('gateway settings', () => {
  it('have defaults for everything', () => {
    expect(readSettings(gatewaySettings, {})).toEqual({
      PORT: 3_000,
      ALLOWED_ORIGINS: [],
      GATEWAY_MAX_FRAME_BYTES: 65_536,
      GATEWAY_MAX_SUBSCRIPTIONS: 16,
      GATEWAY_COMMAND_BURST: 50,
      GATEWAY_COMMANDS_PER_SECOND: 10,
      GATEWAY_IDLE_SECONDS: 60,
      GATEWAY_SEND_BUFFER_BYTES: 1_048_576,
      GATEWAY_MAX_CONNECTIONS: 100_000,
      GATEWAY_RECOVERY: 'on',
      GATEWAY_DRAIN_MS: 1_000,
    });
  });

  it('read a list of origins', () => {
    const { ALLOWED_ORIGINS } = readSettings(gatewaySettings, {
      ALLOWED_ORIGINS: 'https://app.example.com, *.example.org',
    });
    expect(ALLOWED_ORIGINS).toEqual(['https://app.example.com', '*.example.org']);
  });

  it.each(['example.com', 'https://app.example.com/chat', '*'])('refuse the origin %s by name', (origin) => {
    expect(() => readSettings(gatewaySettings, { ALLOWED_ORIGINS: origin })).toThrow('ALLOWED_ORIGINS');
  });
});
