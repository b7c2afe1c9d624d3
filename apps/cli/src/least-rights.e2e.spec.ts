/** Every app a process of its own with a key of its own, on a NATS with the configuration of infra/nats. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuardedNats, type GuardedNats } from '@cablehub/log/testing';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { root } from './hub.fixture.ts';

const apps = ['projector', 'presence', 'api', 'gateway'] as const;
type App = (typeof apps)[number];
type Ended = { readonly code: number | null; readonly out: string };

describe('a hub whose apps have only their own rights', () => {
  let folder: string;
  let nats: GuardedNats;
  let ports: Readonly<Record<App, number>>;
  const children = new Map<string, ChildProcess>();
  const said = new Map<string, string>();

  const credential = (name: string): string => join(folder, 'credentials', name);
  const environment = (role: string, app: string): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOST: '127.0.0.1',
    NATS_URL: nats?.url ?? 'nats://127.0.0.1:1',
    NATS_CREDENTIALS_FILE: credential(`${role}.seed`),
    DATA_DIR: join(folder, role),
    API_TOKENS_FILE: credential('api-token'),
    NODE_ENV: 'production',
    PUBLIC_URL: `http://127.0.0.1:${ports.api}`,
    PORT: String(ports.gateway),
    API_PORT: String(ports.api),
    ...(app === 'projector' || app === 'presence' ? { HEALTH_PORT: String(ports[app]) } : {}),
    SNAPSHOT_EVENTS: '10',
    GATEWAY_DRAIN_MS: '0',
  });
  const run = (name: string, program: string, more: { role?: string; args?: readonly string[] } = {}): ChildProcess => {
    const child = spawn(process.execPath, [join(root, program), ...(more.args ?? [])], {
      cwd: root,
      env: environment(more.role ?? name, name),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    said.set(name, '');
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => said.set(name, `${said.get(name) ?? ''}${chunk.toString()}`));
    children.set(name, child);
    return child;
  };
  const start = (app: App, role: string = app): ChildProcess => run(app, `apps/${app}/dist/main.js`, { role });
  const hub = async (role: string, ...args: string[]): Promise<Ended> => {
    const [code] = (await once(run('hub', 'apps/cli/dist/main.js', { role, args }), 'close')) as [number | null];
    return { code, out: said.get('hub') ?? '' };
  };
  const health = async (app: App, path = 'ready'): Promise<{ readonly status: number; readonly body: object }> => {
    const answer = await fetch(`http://127.0.0.1:${ports[app]}/health/${path}`);
    return { status: answer.status, body: (await answer.json().catch(() => ({}))) as object };
  };
  const ready = async (app: App): Promise<void> =>
    vi.waitFor(async () => expect((await health(app)).status, said.get(app)).toBe(200), {
      timeout: 60_000,
      interval: 100,
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'least-rights-'));
    const free: number[] = [];
    while (free.length < apps.length) free.push(await getPort({ host: '127.0.0.1', exclude: free }));
    ports = Object.fromEntries(apps.map((app, index) => [app, free[index]])) as Record<App, number>;
    expect(await hub('admin', 'credentials', '--out', join(folder, 'credentials'))).toMatchObject({ code: 0 });
    nats = await startGuardedNats(folder);
  });
  afterAll(async () => {
    for (const child of children.values()) child.kill('SIGKILL');
    await nats.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps its seeds to whoever made them, and what is there', async () => {
    const before = readFileSync(credential('nats-users.conf'), 'utf8');
    const seed = readFileSync(credential('api.seed'), 'utf8');
    expect(statSync(credential('api.seed')).mode & 0o777).toBe(0o600);
    expect(before).not.toContain(seed.trim());
    expect((await hub('admin', 'credentials', '--out', join(folder, 'credentials'))).out).toBe('');
    expect(readFileSync(credential('nats-users.conf'), 'utf8')).toBe(before);
  });

  it('waits for the set-up, live and not ready, and says what to do', async () => {
    start('projector');
    start('api');
    await vi.waitFor(() => expect(said.get('projector')).toContain('run hub set-up'), 60_000);
    await vi.waitFor(() => expect(said.get('api')).toContain('run hub set-up'), 60_000);
    expect((await health('projector', 'live')).status).toBe(200);
    expect(await health('projector')).toEqual({ status: 503, body: { status: 'unavailable', state: 'starting' } });
    expect(await hub('admin', 'set-up')).toMatchObject({ code: 0 });
    start('presence');
    start('gateway');
    for (const app of apps) await ready(app);
    const working = { status: 'ok', state: 'working' };
    await vi.waitFor(
      async () => expect((await health('projector')).body).toMatchObject({ ...working, lag: 0 }),
      20_000,
    );
    await vi.waitFor(async () => expect((await health('presence')).body).toMatchObject(working), 20_000);
  });

  let toldSince = 0;
  it('plays the whole story', async () => {
    toldSince = Math.floor(Date.now() / 1_000);
    const token = readFileSync(credential('api-token'), 'utf8').trim();
    const played = await hub('operator', 'demo', '--token', token);
    expect(played.out).toContain('all 13 events arrived');
    expect(played.code).toBe(0);
    expect(played.out).not.toContain(token);
  });

  it('lets a client come back to what it missed', async () => {
    const identifier = JSON.stringify({
      channel: 'RoomChannel',
      pubsub_token: 'demo-agent-john-1',
      account_id: 1,
      user_id: 1,
    });
    const socket = new WebSocket(`ws://127.0.0.1:${ports.gateway}/cable`, 'actioncable-v1-ext-json');
    const frames: { type?: string; message?: { event?: string } }[] = [];
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as (typeof frames)[number]));
    await once(socket, 'open');
    const history = { since: toldSince };
    socket.send(JSON.stringify({ command: 'subscribe', identifier, history }));
    await vi.waitFor(() => expect(frames.map(({ type }) => type)).toContain('confirm_history'), 10_000);
    const events = frames.map(({ message }) => message?.event);
    expect(events).toContain('message.created');
    await vi.waitFor(() => expect(frames.map(({ message }) => message?.event)).toContain('presence.update'), 10_000);
    socket.close();
  });

  it('takes snapshots', async () => {
    await vi.waitFor(
      async () => {
        const metrics = await (await fetch(`http://127.0.0.1:${ports.projector}/metrics`)).text();
        expect(metrics).toMatch(/snapshots_total\{outcome="taken"\} [1-9]/);
      },
      { timeout: 20_000, interval: 200 },
    );
  });

  it('shows its log to the operator, who may not change anything', async () => {
    expect((await hub('operator', 'events', '--json')).out).toContain('message.created');
    expect(await hub('operator', 'export', join(folder, 'log.ndjson.gz'))).toMatchObject({ code: 0 });
  });

  it('was refused nothing in all of that', () => expect(nats.refusals()).toEqual([]));

  it('does not start an app with the key of nobody', async () => {
    const stopped = once(children.get('gateway')!, 'exit');
    children.get('gateway')!.kill('SIGTERM');
    await stopped;
    expect(
      await hub('admin', 'credentials', '--out', join(folder, 'credentials'), '--rotate', 'gateway'),
    ).toMatchObject({
      code: 0,
      out: 'made gateway.seed\n',
    });
    const [code] = (await once(start('gateway'), 'close')) as [number];
    expect(code).toBe(1);
    expect(said.get('gateway')).toContain('refuses the key in');
    expect(said.get('gateway')).not.toContain(readFileSync(credential('gateway.seed'), 'utf8').trim());
    process.kill(nats.pid, 'SIGHUP'); // reads what is known of its users again
    await vi.waitFor(() => expect(nats.said()).toContain('Reloaded'), 10_000);
    start('gateway');
    await ready('gateway');
  });

  it('gives an app nothing that comes with the key of another', async () => {
    const stopped = once(children.get('projector')!, 'exit');
    children.get('projector')!.kill('SIGTERM');
    await stopped;
    start('projector', 'presence');
    await vi.waitFor(() => expect(said.get('projector')).toContain('waiting: '), 60_000);
    expect(nats.refusals().at(-1)).toContain('cablehub-projector');
    expect((await health('projector')).status).toBe(503);
  });
});
