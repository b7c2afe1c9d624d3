/**
 * The gateway: sockets in, frames out.
 *
 * Wires the parts together and stops them in order. It keeps nothing that another gateway would need: any replica can
 * serve any client.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { negotiate, type Negotiated } from '@cablehub/cable';
import {
  connectNats,
  jetStreamDeliveries,
  jetStreamRecoveries,
  jetStreamTokens,
  natsSignals,
  storageReady,
  type NatsLink,
} from '@cablehub/log';
import { natsPlaceOf, type ProcessContext, type RunningApp } from '@cablehub/process';
import { createAdmissions } from './admissions.ts';
import { startBeats } from './beats.ts';
import { Client, type ClientServices } from './client.ts';
import { createLanes } from './lanes.ts';
import { createMessages } from './messages.ts';
import { startRecoverer } from './recoverer.ts';
import { createGatewayMetrics } from './metrics.ts';
import { isOriginAllowed } from './origin.ts';
import { startPings } from './pings.ts';
import { problems, type Answer } from './problem.ts';
import { GatewayFault, startServer, type Handshake, type Peer } from './server.ts';
import type { SessionLimits } from './session.ts';
import type { GatewaySettings } from './settings.ts';

export type Gateway = RunningApp & {
  /** The port it listens on. */
  readonly port: number;
};

/**
 * Starts a gateway, which waits for storage to be set up before it listens. Faults: SettingsError without `NATS_URL`; those of
 * `connectNats`; `cannot_listen`.
 */
export const startGateway = async (settings: GatewaySettings, context: ProcessContext): Promise<Gateway> => {
  const link = await connectNats({ ...natsPlaceOf(settings), name: 'cablehub-gateway' });
  try {
    await storageReady(link, 'gateway', (reason, cause) => context.logger.warn({ err: cause }, `waiting: ${reason}`));
    return await runGateway(settings, context, link);
  } catch (error) {
    await link.close();
    throw error;
  }
};

const runGateway = async (settings: GatewaySettings, context: ProcessContext, link: NatsLink): Promise<Gateway> => {
  const { logger } = context;
  const metrics = createGatewayMetrics(context.metrics);
  const gateway = randomUUID();
  const beats = startBeats({ gateway, signals: natsSignals(link), link });
  const tokens = await jetStreamTokens(link);
  const lanes = createLanes({ deliveries: jetStreamDeliveries(link), link, metrics });
  const admit = createAdmissions({ tokens, lanes, link, logger, metrics });
  const peers = new Set<Peer>();
  const recoverer =
    settings.GATEWAY_RECOVERY === 'off'
      ? null
      : startRecoverer({
          gateway,
          recoveries: await jetStreamRecoveries(link),
          floor: () => floorOf(peers, lanes.reached()),
          newSocket: shortNames(gateway),
          metrics,
          logger,
        });
  const services: ClientServices = {
    limits: limitsIn(settings),
    admit,
    beats,
    metrics,
    logger,
    now: Date.now,
    newSid: randomUUID,
    messageOf: createMessages(),
    recoverer,
    reached: lanes.reached,
  };
  const pings = startPings<Peer>({
    turn: ({ client, connection }, ping) => {
      const sign = client.signAt(ping);
      if (sign !== null) connection.sign(sign, sinceStart(), () => (client.isSettled ? lanes.reached() : 0));
    },
  });
  let connections = 0;
  let isStopping = false;

  const judge = ({ origin, subprotocols }: Handshake): Negotiated | Answer => {
    const refusal = refusalOf({
      stopping: isStopping,
      origin: !isOriginAllowed(origin, settings.ALLOWED_ORIGINS),
      full: peers.size >= settings.GATEWAY_MAX_CONNECTIONS,
    });
    if (refusal === null) return negotiate(subprotocols);
    metrics.upgradesRefused.inc({ reason: refusal.reason });
    return refusal.answer;
  };

  const server = await startServer({
    host: settings.HOST,
    port: settings.PORT,
    maxFrameBytes: settings.GATEWAY_MAX_FRAME_BYTES,
    sendBufferBytes: settings.GATEWAY_SEND_BUFFER_BYTES,
    metrics,
    now: sinceStart,
    judge,
    opened: (connection, negotiated) => {
      const client = new Client({ id: String(++connections), outbox: connection, negotiated, services });
      const peer: Peer = { client, connection, slot: 0 };
      peers.add(peer);
      pings.add(peer);
      metrics.connections.set(peers.size);
      logger.debug({ connection: client.id }, 'opened');
      return peer;
    },
    closed: (peer, reason) => {
      const { client } = peer;
      pings.remove(peer);
      peers.delete(peer);
      client.closed();
      metrics.connections.set(peers.size);
      metrics.closed.inc({ reason });
      logger.debug({ connection: client.id, reason }, 'closed');
    },
    isReady: () => link.isUp() && !isStopping,
    measured: () => context.metrics.metrics(),
  }).catch((error: unknown) => {
    pings.stop();
    beats.stop();
    lanes.stop();
    throw error;
  });

  link.onChange((isUp) => {
    if (isUp) logger.info('connected to NATS again');
    else logger.warn('the connection to NATS is lost; clients stay, frames do not come');
  });
  logger.info({ port: server.port }, 'listening');

  const failed = failureOf(link, () => isStopping);
  failed.catch(() => undefined); // told to whoever watches `failed`
  return {
    port: server.port,
    failed,
    stop: async () => {
      if (isStopping) return;
      isStopping = true;
      server.stopListening();
      await recoverer?.stop();
      await drain([...peers], settings.GATEWAY_DRAIN_MS);
      pings.stop();
      beats.stop();
      lanes.stop();
      server.close();
      await link.close();
      logger.info('stopped');
    },
  };
};

/** What every base client has proven to have. */
const floorOf = (peers: Iterable<Peer>, reached: number): number => {
  let floor = reached;
  for (const { client } of peers) if (client.proven !== null) floor = Math.min(floor, client.proven);
  return floor;
};

/** In whole ms, which a field keeps by itself: Unix time would be an object of its own in each of thousands of connections. */
const sinceStart = (): number => Math.trunc(performance.now());

/** Names that no other gateway gives, as short as they can be: there is one for each socket. */
const shortNames = (gateway: string): (() => string) => {
  const start = gateway.slice(0, 6);
  let given = 0;
  return () => start + (given++).toString(36);
};

const limitsIn = (settings: GatewaySettings): SessionLimits => ({
  commands: {
    burst: settings.GATEWAY_COMMAND_BURST,
    perSecond: settings.GATEWAY_COMMANDS_PER_SECOND,
    refusals: settings.GATEWAY_COMMAND_BURST * 10,
  },
  subscriptions: settings.GATEWAY_MAX_SUBSCRIPTIONS,
  queued: 64,
  idleMs: settings.GATEWAY_IDLE_SECONDS * 1_000,
  heartbeatMs: 1_000,
});

type RefusalReason = 'stopping' | 'origin' | 'full';
const refusalAnswers = { stopping: problems.notReady, origin: problems.originRefused, full: problems.full } as const;

/** The first reason that holds. */
const refusalOf = (
  holds: Readonly<Record<RefusalReason, boolean>>,
): { readonly reason: RefusalReason; readonly answer: Answer } | null => {
  for (const reason of ['stopping', 'origin', 'full'] as const)
    if (holds[reason]) return { reason, answer: refusalAnswers[reason] };
  return null;
};

const STEP_MS = 50;
/** How long a closing handshake may take before the socket is cut. */
const LINGER_MS = 100;

/** Tells all clients to come back later, spread over a time so that they do not come back as one. */
const drain = async (peers: readonly Peer[], drainMs: number): Promise<void> => {
  const steps = Math.max(1, Math.min(peers.length, Math.floor(drainMs / STEP_MS)));
  for (let done = 0; done < steps; done++) {
    const from = Math.ceil((peers.length * done) / steps);
    const until = Math.ceil((peers.length * (done + 1)) / steps);
    for (const { client } of peers.slice(from, until)) client.dismiss();
    if (done < steps - 1) await delay(STEP_MS);
  }
  if (peers.length > 0) await delay(LINGER_MS);
};

const failureOf = async (link: NatsLink, isStopping: () => boolean): Promise<never> => {
  await link.connection.closed();
  if (isStopping()) return new Promise<never>(() => undefined);
  throw new GatewayFault('nats_closed', 'NATS closed the connection for good');
};
