import { readSettings, SettingsError } from '@cablehub/process';
import { describe, expect, it } from 'vitest';
import { apiUrlOf, cableUrlOf, hubUrlSettings } from './hub-url.ts';

const ports = { PORT: 3000, API_PORT: 3001 };

describe('the place of a hub', () => {
  it('is this machine when nothing else is said', () => {
    expect(apiUrlOf(ports)).toBe('http://127.0.0.1:3001');
    expect(cableUrlOf(ports)).toBe('ws://127.0.0.1:3000/cable');
  });

  it('is one for sockets and requests behind a load balancer', () => {
    const place = { ...ports, ...readSettings(hubUrlSettings, { HUB_URL: 'https://hub.example.com/' }) };
    expect(apiUrlOf(place)).toBe('https://hub.example.com');
    expect(cableUrlOf(place)).toBe('wss://hub.example.com/cable');
  });

  it('must be an HTTP address', () =>
    expect(() => readSettings(hubUrlSettings, { HUB_URL: 'localhost:3000' })).toThrow(SettingsError));
});
