/** The demo's mix of events: the story of `examples/onehash.ndjson`, played over and over in many accounts, and the same each time. */
import { readFileSync } from 'node:fs';
import { definitionOf, type AccountId, type EventId, type EventType, type NewEvent } from '@cablehub/events';
import { jetStreamLog, type NatsLink } from '@cablehub/log';
import { IDS_APART, MS_APART, orderOf, uniqueIn, type Shape, type Step } from './order.ts';

type Data = Readonly<Record<string, unknown>>;
type Told = { readonly id: string; readonly type: EventType; readonly time: string; readonly data: Data };

const story: readonly Told[] = readFileSync(new URL('../../../../examples/onehash.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Told)
  .map((event) => ({ ...event, data: definitionOf(event.type).data.parse(event.data) as Data }));

const ofCustomers = /^(contact|contact_inbox|conversation|message)\./;
const setUp = story.findIndex(({ type }) => ofCustomers.test(type));

export const storyShape: Shape = { setUp, round: story.length - setUp };

/** The event of a step. */
export const eventAt = ({ account, round, serial, step }: Step): NewEvent => {
  const { id, type, time, data } = story[step]!;
  return {
    type,
    data: ofCustomers.test(type) ? shifted(data, { round, serial }) : renamed(data, account),
    id: `${id}-${account}-${round}` as EventId,
    accountId: account as AccountId,
    time: new Date(Date.parse(time) + serial * MS_APART).toISOString(),
    source: '/bench',
  } as unknown as NewEvent;
};

/** The first events of the mix, in order. */
export function* mixOf(count: number): Generator<NewEvent> {
  for (const step of orderOf(count, storyShape)) yield eventAt(step);
}

const idsOfRound: ReadonlySet<string> = new Set(['id', 'contact_id', 'contact_inbox_id', 'conversation_id']);
const unique: ReadonlySet<string> = new Set(['pubsub_token', 'source_id']);

const shifted = (data: Data, { round, serial }: Pick<Step, 'round' | 'serial'>): Data => {
  const shift = round * IDS_APART;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === 'number') result[key] = idsOfRound.has(key) ? value + shift : value;
    else if (typeof value === 'string') result[key] = unique.has(key) ? uniqueIn(serial, value) : value;
    else result[key] = key === 'sender' ? senderIn(value as Sender | null, shift) : value;
  }
  return result;
};

type Sender = { readonly type: string; readonly id: number };
const senderIn = (sender: Sender | null, shift: number): Sender | null =>
  sender?.type === 'Contact' ? { ...sender, id: sender.id + shift } : sender;

/** A token belongs to one user. */
const renamed = (data: Data, account: number): Data =>
  'pubsub_token' in data ? { ...data, pubsub_token: uniqueIn(account, String(data['pubsub_token'])) } : data;

const TOGETHER = 1_000;

/** Appends the first events of the mix to an empty log. */
export const fillLog = async (link: NatsLink, count: number): Promise<void> => {
  const log = jetStreamLog(link);
  let events: NewEvent[] = [];
  const append = async (): Promise<void> => {
    const results = await log.append(events.map((event) => ({ event })));
    const refused = results.find(({ ok }) => !ok);
    if (refused !== undefined) throw new Error(`an event of the mix was not appended: ${JSON.stringify(refused)}`);
    events = [];
  };
  for (const event of mixOf(count)) if (events.push(event) === TOGETHER) await append();
  if (events.length > 0) await append();
};
