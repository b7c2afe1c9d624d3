import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { connectNats, ensureStorage, jetStreamLog, type NatsServer, natsSignals, startNatsServer } from '@cablehub/log';
import { eventsIn } from '@cablehub/log/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningApi } from './api.ts';
import { contactCreated, TOKEN } from './api.fixture.ts';
import type { ProblemBody } from './problem.ts';
import { becomesReady, startedApi } from './started.fixture.ts';

type Answer = { status: number; retryAfter: string | null; body: ProblemBody };

describe('the api on NATS', () => {
  let folder = '';
  let nats: NatsServer;
  let api: RunningApi;

  const start = (dataDir: string): Promise<RunningApi> => {
    const environment = { NATS_URL: nats.url, HOST: '127.0.0.1', API_PORT: '0', API_TOKENS: TOKEN, DATA_DIR: dataDir };
    return startedApi(environment);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cablehub-api-'));
    nats = await startNatsServer({ dataDir: folder });
    const link = await connectNats({ url: nats.url, name: 'spec' });
    await ensureStorage(link);
    await link.close();
    api = await start(folder);
  });
  afterEach(async () => {
    await api.stop();
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = async (path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, retryAfter, body: (await response.json()) as ProblemBody };
  };
  const post = (events: unknown): Promise<Answer> => call('/v1/accounts/1/events', events);

  it('answers when the events are in the log, and again with the same sequences', async () => {
    const events = [contactCreated(1, { id: 'a' }), contactCreated(2, { id: 'b', expected_version: 0 })];
    const first = await post(events);
    expect([first.status, first.body]).toEqual([
      201,
      {
        events: [
          { id: 'a', sequence: 1, duplicate: false },
          { id: 'b', sequence: 2, duplicate: false },
        ],
      },
    ]);
    expect((await post(events)).body).toEqual({
      events: [
        { id: 'a', sequence: 1, duplicate: true },
        { id: 'b', sequence: 2, duplicate: true },
      ],
    });

    const link = await connectNats({ url: nats.url, name: 'spec' });
    const found = await eventsIn(jetStreamLog(link));
    await link.close();
    expect(found).toMatchObject([
      { id: 'a', accountId: 1, type: 'contact.created', data: { id: 1 } },
      { id: 'b', accountId: 1, type: 'contact.created', data: { id: 2 } },
    ]);
  });

  it('answers a wrong expected version', async () => {
    await post(contactCreated(1));
    const { status, body } = await post([contactCreated(2), contactCreated(1, { id: 'x', expected_version: 0 })]);
    expect([status, body.errors?.map(({ pointer }) => pointer)]).toEqual([409, ['/1/expected_version']]);
    expect(body.events).toMatchObject([{ status: 'appended' }, { id: 'x', status: 'wrong_expected_version' }]);
  });

  it('tells typing to who listens, and says when nobody tells of presence', async () => {
    const link = await connectNats({ url: nats.url, name: 'spec' });
    const heard = vi.fn();
    await natsSignals(link).hearTyping(heard);
    expect((await call('/v1/accounts/1/typing', { conversation_id: 7, status: 'on', user_id: 1 })).status).toBe(202);
    await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce(), 10_000);
    const alone = await call('/v1/accounts/1/presence');
    expect([alone.status, alone.retryAfter]).toEqual([503, '2']);
    await natsSignals(link).answerPresence(() => ({ users: { [1 as never]: 'busy' }, contacts: {} }));
    expect((await call('/v1/accounts/1/presence')).body).toEqual({ users: { 1: 'busy' }, contacts: {} });
    await link.close();
  });

  it('tells how far a replay is that somebody says', async () => {
    const link = await connectNats({ url: nats.url, name: 'spec' });
    const replay = { id: randomUUID(), by: 'replay', partitions: '0-63', from: 0, upTo: 9, elapsedMs: 100 } as const;
    const replays = async (): Promise<unknown> => (await call('/v1/health/replays')).body;
    natsSignals(link).sendReplay({ ...replay, state: 'running', position: 3 });
    await vi.waitFor(
      async () => expect(await replays()).toMatchObject([{ state: 'running', position: 3, up_to: 9 }]),
      10_000,
    );
    natsSignals(link).sendReplay({ ...replay, state: 'finished', position: 9 });
    await vi.waitFor(
      async () => expect(await replays()).toMatchObject([{ state: 'finished', per_second: 90 }]),
      10_000,
    );
    await link.close();
  });

  it('is unavailable while NATS is away, and goes on when it is back', async () => {
    expect((await post(contactCreated(1))).status).toBe(201);
    const port = Number(new URL(nats.url).port);
    await nats.stop('SIGKILL');
    const during = await post(contactCreated(2, { id: 'kept' }));
    expect([during.status, during.retryAfter]).toEqual([503, '2']);
    await vi.waitFor(async () => expect((await call('/health/ready')).status).toBe(503), { timeout: 5_000 });
    expect((await call('/v1/accounts/1/typing', { conversation_id: 7, status: 'on', user_id: 1 })).status).toBe(503);

    nats = await startNatsServer({ dataDir: folder, port });
    await becomesReady(api);
    const events = [contactCreated(2, { id: 'kept' }), contactCreated(3)];
    await vi.waitFor(async () => expect((await post(events)).status).toBe(201), { timeout: 10_000 });
    const link = await connectNats({ url: nats.url, name: 'spec' });
    const found = await eventsIn(jetStreamLog(link));
    await link.close();
    expect(found.filter(({ id }) => id === 'kept')).toHaveLength(1);
  });

  it('fails when the thread of its views dies', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const another = await start(join(folder, 'another'));
    const failed = expect(another.failed).rejects.toThrow('the thread that folds the views ended by itself');
    const [thread] = await started;
    await thread.terminate();
    await failed;
    await another.stop();
  });

  it('stops once, however often it is asked to', async () => {
    await Promise.all([api.stop(), api.stop()]);
    await expect(call('/health/live')).rejects.toThrow();
  });
});
