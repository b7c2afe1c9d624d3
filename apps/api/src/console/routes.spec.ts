import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench } from '../api.fixture.ts';
import type { ConsoleParts } from './routes.ts';

const demo = { access_token: 'a', account_id: 1, inbox_identifier: 'b' };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'index-1.js'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const served = async (parts: ConsoleParts = {}) => {
  const { app } = await bench({ console: { folder, ...parts } });
  return async (url: string, host = 'hub.example.com:3001') => app.inject({ url, headers: { host } });
};

describe('the console', () => {
  it('is served with a policy that allows its own files, the hub and the cable', async () => {
    const ask = await served({ cablePort: () => 3000 });
    const { statusCode, headers } = await ask('/');
    expect([statusCode, headers['cache-control']]).toEqual([200, 'no-cache']);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self' ws://hub.example.com:3000");
  });

  it('lets what has its contents in its name be kept for ever', async () => {
    const { headers } = await (await served())('/assets/index-1.js');
    expect(headers['cache-control']).toContain('immutable');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('leaves paths of the API to the API', async () => {
    const ask = await served();
    expect((await ask('/v1/nothing')).headers['content-type']).toContain('problem+json');
    expect((await ask('/..%2f..%2fpackage.json')).statusCode).toBe(404);
  });

  it('is not there when it was not built', async () => {
    const ask = await served({ folder: '/nowhere' });
    expect((await ask('/')).statusCode).toBe(404);
    expect((await ask('/console/config')).statusCode).toBe(200);
  });
});

describe('the console’s configuration', () => {
  it('names the cable beside the api, or at the port where it listens, or where the setting says', async () => {
    const cable = async (parts: ConsoleParts) =>
      (await (await served(parts))('/console/config')).json<{ cable_url: string }>().cable_url;
    expect(await cable({})).toBe('ws://hub.example.com:3001/cable');
    expect(await cable({ cablePort: () => 3000 })).toBe('ws://hub.example.com:3000/cable');
    expect(await cable({ cableUrl: 'wss://cable.example.com/cable' })).toBe('wss://cable.example.com/cable');
  });

  it('signs nobody in but where it is told to', async () => {
    const config = async (parts: ConsoleParts) => (await (await served(parts))('/console/config')).json<object>();
    expect(await config({})).toMatchObject({ demo: null, now: expect.any(Number) as number });
    expect(await config({ demo: () => demo })).toMatchObject({ demo });
  });
});
