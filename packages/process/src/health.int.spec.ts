import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHealth, serveHealth, type Health, type HealthServer } from './health.ts';
import { Counter, Registry } from './metrics.ts';

describe('health of a process', () => {
  const metrics = new Registry();
  new Counter({ name: 'spec_total', help: 'Of the specification.', registers: [metrics] }).inc(3);
  let health: Health;
  let server: HealthServer;

  beforeEach(async () => {
    health = { isLive: true, isReady: true, state: 'working', details: { position: 7 } };
    server = await serveHealth({ host: '127.0.0.1', port: 0, metrics, health: () => health });
  });
  afterEach(() => server.stop());

  const get = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method });

  it('is told with what the process does', async () => {
    const answer = await get('/health/ready');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok', state: 'working', position: 7 });
  });

  it('tells live from ready', async () => {
    health = { isLive: true, isReady: false, state: 'rebuilding' };
    expect([(await get('/health/live')).status, (await get('/health/ready')).status]).toEqual([200, 503]);
    health = { isLive: false, isReady: false, state: 'ended' };
    const answer = await get('/health/live');
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'unavailable', state: 'ended' }]);
  });

  it('is told beside the metrics', async () => {
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('spec_total 3');
  });

  it('is all that is told', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/toString')).status).toBe(404);
    expect((await get('/health/live', 'POST')).status).toBe(404);
  });

  it('says which setting is to blame when the port is taken', async () => {
    const second = serveHealth({ host: '127.0.0.1', port: server.port, metrics, health: () => health });
    await expect(second).rejects.toThrow(expect.objectContaining({ code: 'cannot_listen' }));
    await expect(second).rejects.toThrow('HEALTH_PORT');
  });
});

describe('health of an app', () => {
  it('is that it starts, until the app tells otherwise', async () => {
    const probe = await serveHealth({ host: '127.0.0.1', port: 0, metrics: new Registry(), health: () => never });
    const { port } = probe;
    await probe.stop();
    const report = await openHealth({ HOST: '127.0.0.1', HEALTH_PORT: port }, new Registry());
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).json();
    expect(await ready()).toEqual({ status: 'unavailable', state: 'starting' });
    report.tell(() => ({ isLive: true, isReady: true, state: 'standing by' }));
    expect(await ready()).toEqual({ status: 'ok', state: 'standing by' });
    await report.stop();
    await expect(ready()).rejects.toThrow();
  });

  it('is told nowhere without a port', async () => {
    const report = await openHealth({}, new Registry());
    report.tell(() => never);
    await report.stop();
  });
});

const never: Health = { isLive: false, isReady: false, state: 'never' };
