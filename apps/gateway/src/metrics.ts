/** What the gateway measures. Labels come from closed lists: never an identifier, never a token. */
import { Counter, Gauge, Histogram, type Registry } from '@cablehub/process';

const named = (name: string): string => `cablehub_gateway_${name}`;

export const createGatewayMetrics = (registry: Registry) => {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> =>
    new Counter({ name: named(name), help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> =>
    new Gauge({ name: named(name), help, labelNames, registers });
  /** Counted in plain numbers on the path of a frame, and told when somebody asks. */
  const sent = { frames: 0, bytes: 0 };
  const told = (name: string, help: string, what: keyof typeof sent): Counter =>
    new Counter({
      name: named(name),
      help,
      registers,
      collect() {
        this.inc(sent[what]);
        sent[what] = 0;
      },
    });
  return {
    connections: gauge('connections', 'Open sockets.'),
    subscriptions: gauge('subscriptions', 'Confirmed subscriptions, by kind of member.', ['kind']),
    lanes: gauge('lanes', 'Lanes heard.'),
    commands: counter('commands_total', 'Frames from clients, by command and outcome.', ['command', 'outcome']),
    answers: counter('subscribe_answers_total', 'Answers to subscribes: confirmed, or why not.', ['outcome']),
    resumes: counter('resumes_total', 'Questions for missed frames: confirmed, or why not.', ['outcome']),
    framesReplayed: counter('frames_replayed_total', 'Frames sent again to clients that had missed them.'),
    recoveries: counter('recoveries_total', 'Base clients that came: nothing missed, or told again, or why not.', [
      'outcome',
    ]),
    recoveryFaults: counter('recovery_faults_total', 'Times that what is remembered of a socket was not reached.'),
    gaps: counter('gaps_total', 'Holes in lanes: seen, filled, or unfillable.', ['outcome']),
    deliveriesFilled: counter('deliveries_filled_total', 'Deliveries read back to fill holes in lanes.'),
    deliveriesHeard: counter('deliveries_heard_total', 'Deliveries heard on lanes.', ['kind']),
    deliverySeconds: new Histogram({
      name: named('delivery_seconds'),
      help: 'From the publication of a stored delivery to its frames written to all sockets that have room.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    sent,
    framesSent: told('frames_sent_total', 'Frames written to sockets.', 'frames'),
    bytesSent: told('sent_bytes_total', 'Bytes of frames written to sockets.', 'bytes'),
    closed: counter('sockets_closed_total', 'Sockets closed, by reason; "client" when the other side ended it.', [
      'reason',
    ]),
    upgradesRefused: counter('upgrades_refused_total', 'Sockets refused before the upgrade.', ['reason']),
    admissionFaults: counter('admission_faults_total', 'Admissions that met a fault and were tried again.'),
  } as const;
};

export type GatewayMetrics = ReturnType<typeof createGatewayMetrics>;
