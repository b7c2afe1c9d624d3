/** What the gateway's specifications need: a gateway with a real nats-server, and a bare client that keeps what it gets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountId, contactId, contactInboxId, positionOf, userId, type AccountId } from '@cablehub/events';
import {
  agentTokenKey,
  connectNats,
  contactTokenKey,
  ensureStorage,
  everyone,
  jetStreamDeliveries,
  jetStreamTokens,
  natsSignals,
  startNatsServer,
  type Audience,
  type Beat,
  type Deliveries,
  type Lane,
  type NatsServer,
  type Tokens,
} from '@cablehub/log';
import { createMetrics, readSettings } from '@cablehub/process';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startGateway, type Gateway } from './gateway.ts';
import { gatewaySettings } from './settings.ts';

export type Frame = {
  readonly type?: string;
  readonly identifier?: string;
  readonly message?: unknown;
  readonly reason?: string;
  readonly reconnect?: boolean;
};

/** A WebSocket that keeps every frame. */
export type BareClient = {
  readonly socket: WebSocket;
  /** All frames but pings, in order. */
  readonly frames: Frame[];
  readonly pings: number[];
  /** The same frames, as they were on the wire. */
  readonly texts: string[];
  readonly closed: Promise<number>;
  readonly say: (what: object | string | Buffer) => void;
};

/** Connects; resolves when the socket is open. What it says at once is said before any frame was read. */
export const connectBare = async (url: string, protocols: string[] = [], headers = {}): Promise<BareClient> => {
  const socket = new WebSocket(url, protocols, { headers });
  const client: BareClient = {
    socket,
    frames: [],
    pings: [],
    texts: [],
    closed: new Promise((resolve) => socket.once('close', resolve)),
    say: (what) => socket.send(typeof what === 'string' || Buffer.isBuffer(what) ? what : JSON.stringify(what)),
  };
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const frame = JSON.parse(data.toString()) as Frame;
    if (frame.type === 'ping') return client.pings.push(frame.message as number);
    if (!isBinary) client.texts.push(data.toString());
    return client.frames.push(frame);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return client;
};

/** Subscribes, and waits for the confirm. */
export const subscribe = async (client: BareClient, identifier: string): Promise<void> => {
  client.say({ command: 'subscribe', identifier });
  await vi.waitFor(() => expect(client.frames).toContainEqual({ identifier, type: 'confirm_subscription' }), 10_000);
};

/** Waits until everything said before was dealt with: a subscribe to nothing is answered only then. */
export const settled = async (client: BareClient): Promise<void> => {
  const identifier = `{"channel":"Nowhere","n":${client.frames.length}}`;
  client.say({ command: 'subscribe', identifier });
  await vi.waitFor(() => expect(client.frames).toContainEqual({ identifier, type: 'reject_subscription' }), 10_000);
};

export const messagesFor = (client: BareClient, identifier: string): unknown[] =>
  client.frames
    .filter((frame) => frame.identifier === identifier && frame.type === undefined)
    .map(({ message }) => message);

export type TestHub = {
  readonly gateway: Gateway;
  readonly nats: NatsServer;
  readonly tokens: Tokens;
  readonly deliveries: Deliveries;
  /** `ws://…/cable` */
  readonly url: string;
  readonly http: string;
  /** All beats heard, in order. */
  readonly beats: Beat[];
  /** Everything the gateway logged. */
  readonly logged: () => string;
  /** Starts NATS again where it was, and waits until the test is connected to it. */
  readonly restartNats: () => Promise<void>;
  /** Removes all stored deliveries, as age does. */
  readonly purgeDeliveries: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** One more gateway on the NATS of a hub. */
export type Replica = { readonly gateway: Gateway; readonly url: string; readonly stop: () => Promise<void> };

export const startReplica = async ({ nats }: TestHub, natsUrl: string = nats.url): Promise<Replica> => {
  const environment = { PORT: '0', NATS_URL: natsUrl, GATEWAY_DRAIN_MS: '0' };
  const gateway = await startGateway(
    { ...readSettings(gatewaySettings, environment), HOST: '127.0.0.1', NATS_URL: natsUrl },
    { logger: pino({ level: 'silent' }), metrics: createMetrics() },
  );
  return { gateway, url: `ws://127.0.0.1:${gateway.port}/cable`, stop: () => gateway.stop() };
};

export const startTestHub = async (settings: Readonly<Record<string, string>> = {}): Promise<TestHub> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cablehub-gateway-'));
  let nats = await startNatsServer({ dataDir });
  const link = await connectNats({ url: nats.url, name: 'test' });
  await ensureStorage(link);
  const environment = { PORT: '0', NATS_URL: nats.url, GATEWAY_DRAIN_MS: '0', ...settings };
  let lines = '';
  // Plain pino, without the redaction by name that processes have: what is not logged need not be hidden.
  const logger = pino({ level: 'trace' }, { write: (line: string) => void (lines += line) });
  const starting = startGateway(
    { ...readSettings(gatewaySettings, environment), HOST: '127.0.0.1', NATS_URL: nats.url },
    { logger, metrics: createMetrics() },
  );
  const gateway = await starting.catch(async (error: unknown) => {
    await link.close();
    await removeNats(nats, dataDir);
    throw error;
  });
  const beats: Beat[] = [];
  await natsSignals(link).hearBeats((_account, beat) => beats.push(beat));
  return {
    gateway,
    get nats() {
      return nats;
    },
    tokens: await jetStreamTokens(link),
    deliveries: jetStreamDeliveries(link),
    url: `ws://127.0.0.1:${gateway.port}/cable`,
    http: `http://127.0.0.1:${gateway.port}`,
    beats,
    logged: () => lines,
    restartNats: async () => {
      nats = await startNatsServer({ dataDir, port: Number(new URL(nats.url).port) });
      await vi.waitFor(() => expect(link.isUp()).toBe(true), { timeout: 10_000 });
    },
    purgeDeliveries: async () => {
      await (await link.connection.jetstreamManager()).streams.purge('DELIVERIES');
    },
    stop: async () => {
      await gateway.stop();
      await link.close();
      await removeNats(nats, dataDir);
    },
  };
};

const removeNats = async (nats: NatsServer, dataDir: string): Promise<void> => {
  await nats.stop();
  await rm(dataDir, { recursive: true, force: true });
};

export const account = accountId.parse(1);

export const agentToken = (user: number): string => `agent-token-of-user-${user}`;
export const sessionToken = (session: number): string => `session-token-${session}-secret`;

export const agentIdentifier = (user: number, at: AccountId = account): string =>
  JSON.stringify({ channel: 'RoomChannel', pubsub_token: agentToken(user), account_id: at, user_id: user });
export const sessionIdentifier = (session: number): string =>
  JSON.stringify({ channel: 'RoomChannel', pubsub_token: sessionToken(session) });

export const grantAgent = ({ tokens }: TestHub, user: number): Promise<void> =>
  tokens.put(agentTokenKey(agentToken(user), account), {
    kind: 'agent',
    accountId: account,
    userId: userId.parse(user),
  });

/** The contact of session 11 is 1011. */
export const grantSession = ({ tokens }: TestHub, session: number): Promise<void> =>
  tokens.put(contactTokenKey(sessionToken(session)), {
    kind: 'contact',
    accountId: account,
    contactId: contactId.parse(1_000 + session),
    contactInboxId: contactInboxId.parse(session),
  });

let lastPosition = 0;

/** Publishes one stored delivery. */
export const publish = (hub: TestHub, lane: Lane, message: unknown): Promise<void> =>
  publishTo(hub, { lane, message, audience: everyone });

export type Publication = { readonly lane: Lane; readonly message: unknown; readonly audience: Audience };

export const publishTo = ({ deliveries }: TestHub, { lane, message, audience }: Publication): Promise<void> =>
  deliveries.publish([
    {
      accountId: account,
      lane,
      position: positionOf(++lastPosition),
      kind: 'frame',
      audience,
      payload: new TextEncoder().encode(JSON.stringify(message)),
    },
  ]);

export const revoke = ({ deliveries }: TestHub, lane: Lane, tokenKey: string) =>
  deliveries.publish([
    { accountId: account, lane, position: positionOf(++lastPosition), kind: 'revocation', tokenKey },
  ]);
