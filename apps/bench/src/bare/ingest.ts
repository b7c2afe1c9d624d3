/**
 * The yardstick of ingest: events like those that the hub stores, published as a pipeline whose acknowledgements are counted.
 *
 * Messages are made before they are sent; only their ids are new each time.
 */
import { connect, createInbox, nanos, StorageType, type MsgHdrs } from 'nats';
import { answerTo } from '../talk.ts';
import { countedAcks, writtenHeaders } from './acks.ts';

const [, , natsUrl = ''] = process.argv;
const nats = await connect({ servers: natsUrl });
const manager = await nats.jetstreamManager();
await manager.streams.add({
  name: 'BARE_EVENTS',
  subjects: ['bare.events.>'],
  storage: StorageType.File,
  duplicate_window: nanos(600_000),
});
const acks = countedAcks(nats, createInbox());

export type Stored = {
  readonly subject: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
};

type Message = { readonly subject: string; readonly headers: MsgHdrs; readonly body: Uint8Array };
let run = 0;
let messages: readonly Message[] = [];

/** Makes the messages of the next run: what the hub has stored, under ids of their own. */
const prepare = (stored: readonly Stored[]): void => {
  run++;
  messages = stored.map(({ subject, headers, body }) => ({
    subject: `bare.${subject}`,
    headers: writtenHeaders(headers.map(([name, value]) => [name, name === 'Nats-Msg-Id' ? `${run}.${value}` : value])),
    body,
  }));
};

/** Publishes them with so many on their way at one time; gives the seconds until all were acknowledged. */
const publish = async (window: number): Promise<number> => {
  const startedAt = performance.now();
  for (const { subject, headers, body } of messages) {
    if (acks.waiting() >= window) await acks.downTo(Math.floor(window / 2));
    acks.sent();
    nats.publish(subject, body, { headers, reply: acks.reply });
  }
  await acks.downTo(0);
  return (performance.now() - startedAt) / 1_000;
};

const talk = { prepare, publish };
export type BareIngestTalk = typeof talk;
answerTo(talk);
