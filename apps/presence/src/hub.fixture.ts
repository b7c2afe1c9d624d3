/** A real nats-server and replicas of presence on it, for specifications. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountId, EventId, NewEvent } from '@cablehub/events';
import {
  connectNats,
  ensureStorage,
  jetStreamDeliveries,
  jetStreamLog,
  natsSignals,
  startNatsServer,
  type HeardDelivery,
  type Lane,
  type NatsLink,
  type NatsServer,
} from '@cablehub/log';
import { createLogger, Registry, type RunningApp } from '@cablehub/process';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { startPresence } from './app.ts';
import type { digest } from './beats.fixture.ts';
import type { Timing } from './settings.ts';

const fast: Partial<Timing> = { graceMs: 200, settleMs: 800, tellEveryMs: 600, tickMs: 20 };
const logger = createLogger({ app: 'presence', level: 'silent', readable: false });

/** How long a specification waits for something. */
export const limit = { timeout: 10_000, interval: 10 };

type Frame = {
  readonly event: string;
  readonly data: { readonly account_id: number; readonly users: object; readonly contacts?: object };
};

/** Starts a server for the specifications of a file; whatever they started is stopped after each. */
export const useHub = () => {
  let dataDir: string;
  let nats: NatsServer;
  let link: NatsLink;
  let running: RunningApp[] = [];
  let stops: (() => void)[] = [];
  /** Each specification has an account to itself. */
  let accountId = 0 as AccountId;
  let appended = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'presence-'));
    nats = await startNatsServer({ dataDir });
    link = await connectNats({ url: nats.url, name: 'presence-spec' });
    await ensureStorage(link);
  });

  beforeEach(() => void accountId++);

  afterEach(async () => {
    for (const stop of stops.splice(0)) stop();
    await Promise.all(running.splice(0).map((app) => app.stop()));
  });

  afterAll(async () => {
    await link.close();
    await nats.stop();
    await rm(dataDir, { recursive: true });
  });

  const start = async (timing: Partial<Timing> = {}) => {
    const metrics = new Registry();
    const settings = { NATS_URL: nats.url, PRESENCE_WINDOW_SECONDS: 90, PRESENCE_GRACE_SECONDS: 10 };
    const app = await startPresence(settings, { logger, metrics }, { ...fast, ...timing });
    running.push(app);
    const stop = async (): Promise<void> => {
      running = running.filter((other) => other !== app);
      await app.stop();
    };
    const measured = async (name: string): Promise<number> => {
      const metric = await metrics.getSingleMetric(`cablehub_presence_${name}`)?.get();
      return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? NaN;
    };
    return { stop, measured };
  };

  const append = async (type: NewEvent['type'], data: object): Promise<void> => {
    const id = `spec-${++appended}` as EventId;
    const event = { type, data, id, accountId, time: new Date().toISOString(), source: '/spec' } as NewEvent;
    expect(await jetStreamLog(link).append([{ event }])).toMatchObject([{ ok: true }]);
  };

  const addAgent = (userId: number): Promise<void> =>
    append('agent.added', { user_id: userId, role: 'agent', availability: 'online', auto_offline: true });

  /** What the log says of agents' availability: user and status, in order. */
  const statuses = async (): Promise<readonly (readonly [number, string])[]> => {
    const found: [number, string][] = [];
    for await (const entry of jetStreamLog(link).read({ filter: { accountId } }))
      if (entry.type === 'agent.availability_changed') found.push([entry.data.user_id, entry.data.availability]);
    return found;
  };

  const send = (...beats: readonly Parameters<ReturnType<typeof natsSignals>['sendBeat']>[1][]): void => {
    for (const beat of beats) natsSignals(link).sendBeat(accountId, beat);
  };

  /** Sends a digest now and every 200 ms. */
  const keepDigesting = (beat: ReturnType<typeof digest>): void => {
    send(beat);
    const account = accountId;
    const timer = setInterval(() => natsSignals(link).sendBeat(account, beat), 200);
    stops.push(() => clearInterval(timer));
  };

  /** What is told on a lane: the frame, and the users it is for if it is not for all. */
  const hear = async (lane: Lane) => {
    const frames: { readonly frame: Frame; readonly only: readonly number[] | null }[] = [];
    const listen = (delivery: HeardDelivery): void => {
      if (delivery.kind !== 'frame') return;
      const frame = JSON.parse(Buffer.from(delivery.payload).toString()) as Frame;
      frames.push({ frame, only: delivery.audience.kind === 'only' ? delivery.audience.users : null });
    };
    stops.push((await jetStreamDeliveries(link).hear(accountId, lane, listen)).stop);
    return frames;
  };

  return {
    start,
    append,
    addAgent,
    statuses,
    send,
    keepDigesting,
    hear,
    account: () => accountId,
    link: () => link,
    server: () => nats,
    /** Starts the server again where it was. */
    restartServer: async (): Promise<void> => {
      nats = await startNatsServer({ dataDir, port: Number(new URL(nats.url).port) });
    },
  };
};
