import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAlive, readRunningHub } from './data-dir.ts';
import { place, type Place, type Process } from './hub.fixture.ts';

const UP = 'cablehub is up';

describe('the hub', () => {
  let here: Place;
  beforeEach(async () => {
    here = await place();
  });
  afterEach(() => here.remove());

  const up = async (...args: string[]): Promise<Process> => {
    const hub = here.hub(['up', ...args]);
    await hub.said(UP);
    return hub;
  };
  const stop = async (hub: Process, signal: 'SIGINT' | 'SIGHUP' = 'SIGINT'): Promise<number | null> => {
    hub.child.kill(signal);
    return (await hub.finished).code;
  };
  const ask = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await here.hub(args).finished;
    expect(err + out, `hub ${args.join(' ')}`).toSatisfy(() => code === 0);
    return out;
  };
  const apiToken = (): string => readFileSync(join(here.dataDir, 'api-token'), 'utf8').trim();

  it('tells where it is, and the line it gives to paste works as printed', async () => {
    const hub = await up();
    expect(hub.out()).toContain(`ws://localhost:${here.port}/cable`);
    expect(hub.out()).toContain(apiToken());
    const [, line] = /bin\/hub (listen .*)/.exec(hub.out()) ?? [];
    const listener = here.hub([...line!.split(' '), '--json', '--count', '1']);
    const { code, out } = await listener.finished;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      event: 'presence.update',
      data: { account_id: 1, users: { 1: 'online' } },
    });
  });

  it('plays the demo, and plays it again as another account', async () => {
    await up();
    expect(await ask('demo')).toContain('all 13 events arrived');
    const again = await ask('demo');
    expect(again).toContain('as account 2');
    expect(again).toContain('all 13 events arrived');
  });

  it('takes events from a file, and shows them in the log', async () => {
    await up('--no-demo-account');
    const publish = () => ask('publish', 'examples/onehash.ndjson', '--account', '5');
    expect(await publish()).toContain('37 events: 37 appended, 0 there before; last position 37');
    expect(await publish()).toContain('37 events: 0 appended, 37 there before');
    const events = (await ask('events', '--account', '5', '--type', 'message.', '--json')).trim().split('\n');
    expect(events).toHaveLength(11);
    expect(JSON.parse(events[0]!)).toMatchObject({
      type: 'message.created',
      accountId: 5,
      position: expect.any(Number),
    });
    const readable = await ask('events', '--account', '5');
    expect(readable).not.toContain('demo-agent-john-1');
    expect(await ask('events', '--account', '6')).toBe('');
  });

  it('says which line of a file it does not take', async () => {
    await up();
    const file = join(here.dataDir, 'bad.ndjson');
    writeFileSync(
      file,
      '{"type":"team.created","data":{"id":1,"name":"a"}}\n{"type":"team.created","data":{"id":2}}\n',
    );
    const { code, err } = await here.hub(['publish', file]).finished;
    expect(code).toBe(1);
    expect(err).toContain('/1/data/name');
    const missing = await here.hub(['publish', join(here.dataDir, 'nothing')]).finished;
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('cannot be read') });
  });

  it('follows the log until it is asked to stop', async () => {
    await up();
    const follower = here.hub(['events', '--follow', '--type', 'team.created']);
    await follower.said('sales');
    follower.child.kill('SIGINT');
    expect((await follower.finished).code).toBe(0);
  });

  it('tells a listener that its token does not open the hub', async () => {
    await up();
    const { code, err } = await here.hub(['listen', '--token', 'this-is-not-a-token']).finished;
    expect(code).toBe(1);
    expect(err).toContain('does not let this token hear');
  });

  it('stops cleanly, its nats-server included, and keeps what it had', async () => {
    const hub = await up();
    const { natsPid } = readRunningHub(here.dataDir)!;
    expect(await stop(hub)).toBe(0);
    expect(isAlive(natsPid!)).toBe(false);
    expect(readRunningHub(here.dataDir)).toBeNull();
    await up();
    expect((await ask('events')).trim().split('\n').length).toBeGreaterThanOrEqual(9);
    expect(await ask('token')).toBe(`${apiToken()}\n`);
  });

  it('takes over the nats-server of a hub that was killed', async () => {
    const hub = await up();
    const { natsPid } = readRunningHub(here.dataDir)!;
    hub.child.kill('SIGKILL');
    await hub.finished;
    expect(isAlive(natsPid!)).toBe(true);
    const next = await up();
    expect(readRunningHub(here.dataDir)!.natsPid).toBe(natsPid);
    expect(await stop(next, 'SIGHUP')).toBe(0);
    expect(isAlive(natsPid!)).toBe(false);
  });

  it('starts its nats-server again when that dies, and goes on', async () => {
    await up();
    const { natsPid } = readRunningHub(here.dataDir)!;
    process.kill(natsPid!, 'SIGKILL');
    await vi.waitFor(() => expect(readRunningHub(here.dataDir)!.natsPid).not.toBe(natsPid), { timeout: 20_000 });
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${here.port}/health/ready`)).status).toBe(200), {
      timeout: 20_000,
    });
    expect(await ask('demo')).toContain('all 13 events arrived');
  });

  it('refuses to run twice in one folder', async () => {
    await up();
    const { code, err } = await here.hub(['up']).finished;
    expect(code).toBe(1);
    expect(err).toContain('a hub already runs in');
  });

  it.each([
    ['PORT', 'three thousand'],
    ['API_PORT', '99999'],
    ['NATS_URL', 'localhost'],
    ['API_TOKENS', 'short'],
    ['ALLOWED_ORIGINS', 'not an origin'],
    ['PRESENCE_WINDOW_SECONDS', '-1'],
    ['PRESENCE_GRACE_SECONDS', 'x'],
    ['LOG_LEVEL', 'loud'],
  ])('names %s when it is set to %j, and does not start', async (name, value) => {
    const { code, err } = await here.hub(['up'], { [name]: value }).finished;
    expect(code).toBe(2);
    expect(err).toContain(`${name}: `);
  });

  it.each([
    ['API_TOKENS', {}],
    ['PUBLIC_URL', { API_TOKENS: 'a-token-for-production' }],
  ])('does not start in production without %s', async (name, more) => {
    const { code, err } = await here.hub(['up'], { NODE_ENV: 'production', ...more }).finished;
    expect(code).toBe(2);
    expect(err).toContain(`${name}: must be set`);
  });

  it('never logs a token', async () => {
    const hub = await up('--log-level', 'trace');
    await ask('demo');
    await here.hub(['listen', '--token', 'this-is-not-a-token-either']).finished;
    const response = await fetch(`http://127.0.0.1:${here.apiPort}/v1/accounts/1/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer a-wrong-token-0123456789' },
    });
    expect(response.status).toBe(401);
    const metrics = await (await fetch(`http://127.0.0.1:${here.port}/metrics`)).text();
    const lines = hub
      .out()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(5);
    const tokens = [apiToken(), 'demo-agent-john-1', 'demo-customer', 'this-is-not-a-token', 'a-wrong-token'];
    for (const token of tokens) expect(lines.join('\n') + metrics + hub.err()).not.toContain(token);
  });

  it('is what npm start starts, and stops when that is asked to', async () => {
    const start = here.script('start.mjs', ['--no-demo-account']);
    await start.said(UP);
    const { natsPid, pid } = readRunningHub(here.dataDir)!;
    start.child.kill('SIGTERM');
    expect((await start.finished).code).toBe(0);
    expect([isAlive(natsPid!), isAlive(pid)]).toEqual([false, false]);
  });
});
