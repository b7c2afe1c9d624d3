/**
 * A small support desk and who must hear what of it (pure).
 *
 * The audiences are written down here a second time, by hand, on purpose: the hub is held against them, so they share
 * nothing with its own rules. The same ids are used in every account, so that a leak between accounts shows.
 */
import type { Random } from './random.ts';

export const ACCOUNTS = [1, 2, 3] as const;

export type Person = 'administrator' | 'member' | 'outsider' | 'customer 1' | 'customer 2';

type Place = { readonly userId: number } | { readonly sessionId: number };

/** The administrator sees all; the member sees inbox 1; the outsider sees inbox 2; both customers write to inbox 1. */
export const people: Readonly<Record<Person, Place>> = {
  administrator: { userId: 1 },
  member: { userId: 2 },
  outsider: { userId: 3 },
  'customer 1': { sessionId: 1 },
  'customer 2': { sessionId: 2 },
};
export const persons = Object.keys(people) as readonly Person[];

export const tokenOf = (account: number, person: Person): string =>
  `fault-suite-${account}-${person.replace(' ', '-')}`;

/** What the person's client subscribes with. */
export const identityOf = (account: number, person: Person): Readonly<Record<string, string | number>> => {
  const place = people[person];
  const token = { pubsub_token: tokenOf(account, person) };
  return 'userId' in place ? { ...token, account_id: account, user_id: place.userId } : token;
};

/** An event as it is posted to the API. */
export type Posted = { readonly id: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> };

/** The account as it is before the load begins. Conversation 3 is in inbox 2, with a customer who has no client. */
export const beginnings = (account: number): readonly Posted[] => {
  const event = (type: string, data: Posted['data'], index: number): Posted => ({
    id: `begin-${account}-${index}`,
    type,
    data,
  });
  const user = (id: number, person: Person): readonly Parameters<typeof event>[] => [
    ['user.created', { id, name: person, pubsub_token: tokenOf(account, person) }, id * 10],
    ['agent.added', { user_id: id, role: person === 'administrator' ? 'administrator' : 'agent' }, id * 10 + 1],
  ];
  const inbox = (id: number, member: number): readonly Parameters<typeof event>[] => [
    ['inbox.created', { id, name: `Inbox ${id}`, channel: 'Channel::WebWidget' }, 100 + id * 10],
    ['inbox.members_changed', { id, added: [member] }, 101 + id * 10],
  ];
  const customer = (id: number, inboxId: number): readonly Parameters<typeof event>[] => [
    ['contact.created', { id, name: `Customer ${id}` }, 200 + id * 10],
    [
      'contact_inbox.created',
      {
        id,
        contact_id: id,
        inbox_id: inboxId,
        source_id: `source-${id}`,
        pubsub_token: `fault-suite-${account}-customer-${id}`,
      },
      201 + id * 10,
    ],
    ['conversation.created', { id, inbox_id: inboxId, contact_inbox_id: id }, 202 + id * 10],
  ];
  return [
    event('account.created', { name: `Account ${account}` }, 0),
    ...[
      ...user(1, 'administrator'),
      ...user(2, 'member'),
      ...user(3, 'outsider'),
      ...inbox(1, 2),
      ...inbox(2, 3),
      ...customer(3, 2),
      ...customer(1, 1),
      ...customer(2, 1),
    ].map((parts) => event(...parts)),
  ];
};

/** An event and whom it is meant for. `number` is in its frames, whatever their kind. */
export type Meant = { readonly number: number; readonly event: Posted; readonly audience: readonly Person[] };

const MARK_EPOCH = Date.UTC(2100, 0, 1);

/** One more event of the load. `fat` makes it a message of that many characters. */
export const nextEvent = (number: number, random: Random, fat?: number): Meant => {
  const conversation = random.between(1, 3);
  const agents: readonly Person[] = ['administrator', conversation === 3 ? 'outsider' : 'member'];
  const customer: readonly Person[] = conversation === 3 ? [] : [`customer ${conversation as 1 | 2}`];
  const id = `fault-${number}`;
  const message = (more: Posted['data']): Posted => ({
    id,
    type: 'message.created',
    data: { id: number, conversation_id: conversation, content: fat === undefined ? id : 'x'.repeat(fat), ...more },
  });
  const public_ = { number, audience: [...agents, ...customer] };
  switch (fat === undefined ? random.between(1, 8) : 1) {
    case 5:
      return { number, audience: agents, event: message({ message_type: 'outgoing', private: true }) };
    case 6:
      return { number, audience: agents, event: message({ message_type: 'activity' }) };
    case 7: {
      const data = { id: conversation, status: 'snoozed', snoozed_until: new Date(MARK_EPOCH + number * 1_000) };
      return { ...public_, event: { id, type: 'conversation.status_changed', data } };
    }
    case 8: {
      const data = { id: conversation, name: `Customer ${conversation} #${number}` };
      return {
        number,
        audience: ['administrator', 'member', 'outsider'],
        event: { id, type: 'contact.updated', data },
      };
    }
    case 1:
    case 2: {
      const sender = { type: 'Contact', id: conversation };
      return { ...public_, event: message({ message_type: 'incoming', sender }) };
    }
    default:
      return { ...public_, event: message({ message_type: 'outgoing', sender: { type: 'User', id: 1 } }) };
  }
};

/** The number of the event that a frame's message tells of; null for one that is not of the load. */
export const numberIn = (message: unknown): number | null => {
  const { event, data = {} } = (message ?? {}) as { event?: string; data?: Readonly<Record<string, unknown>> };
  switch (event) {
    case 'message.created':
      return Number(data['id']);
    case 'conversation.status_changed':
      return (Date.parse(String(data['snoozed_until'])) - MARK_EPOCH) / 1_000;
    case 'contact.updated':
      return Number(/#(\d+)$/.exec(String(data['name']))?.[1]);
    default:
      return null;
  }
};
