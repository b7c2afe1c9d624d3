import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf, type AccountId, type InboxId, type UserId } from '@cablehub/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentsOf } from './audiences/audience.ts';
import type { Row, TableName } from './schema.ts';
import { sqliteViews } from './sqlite-views.ts';
import type { ReadViews, Views, Write } from './views.ts';

const account = 1 as AccountId;
const ids = [1, 2, 3] as const;
const anyId = fc.constantFrom(...ids);

/** Values as events written by hand may carry them, beside those that are right. */
const odd = fc.constantFrom<unknown>('7', 'x', 1.5, -0, 2 ** 60, 'lone \ud800');
const number = (): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: odd });
const text = (): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) }, { weight: 1, arbitrary: fc.nat() });
const json = (): fc.Arbitrary<unknown> =>
  fc.oneof(fc.constant({}), fc.constant([]), fc.jsonValue({ maxDepth: 2 }), odd);

const contact = {
  name: text(),
  email: fc.option(text()),
  phoneNumber: fc.constant(null),
  identifier: fc.constant(null),
};
const rows: { readonly [Name in TableName]?: Readonly<Record<string, fc.Arbitrary<unknown>>> } = {
  inboxes: {
    members: fc.subarray([1, 2, 3, 4]),
    name: text(),
    channel: text(),
    identifier: fc.option(text()),
    hmacToken: fc.constant(null),
    hmacMandatory: fc.boolean(),
    lockToSingleConversation: fc.boolean(),
    version: number(),
  },
  contacts: {
    ...contact,
    thumbnail: text(),
    additionalAttributes: json(),
    customAttributes: json(),
    blocked: fc.boolean(),
    createdAt: number(),
    updatedAt: number(),
    version: number(),
  },
  agents: {
    role: fc.constantFrom('agent', 'administrator'),
    availability: fc.constant('online'),
    autoOffline: fc.boolean(),
    status: text(),
    version: number(),
  },
  contactInboxes: {
    contactId: fc.oneof({ weight: 8, arbitrary: anyId }, { weight: 1, arbitrary: fc.constantFrom('1', 'x') }),
    inboxId: number(),
    sourceId: text(),
    pubsubToken: text(),
    hmacVerified: fc.boolean(),
    createdAt: number(),
    updatedAt: number(),
    version: number(),
  },
  messages: {
    conversationId: fc.oneof({ weight: 8, arbitrary: anyId }, { weight: 1, arbitrary: fc.constantFrom('1', 'x') }),
    position: number(),
    content: fc.option(text()),
    messageType: fc.constantFrom('incoming', 'outgoing'),
    contentType: text(),
    contentAttributes: json(),
    private: fc.boolean(),
    status: text(),
    sender: fc.option(json()),
    sourceId: fc.constant(null),
    externalSourceIds: json(),
    additionalAttributes: json(),
    sentiment: json(),
    attachments: json(),
    isChat: fc.boolean(),
    createdAt: number(),
    updatedAt: number(),
    version: number(),
  },
};

const anyWrite: fc.Arbitrary<Write> = fc.constantFrom(...(Object.keys(rows) as TableName[])).chain((table) =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record({ id: anyId, ...rows[table] })
        .map((row) => ({ table, row: { accountId: account, ...row } })),
    },
    { weight: 1, arbitrary: anyId.map((id) => ({ table, remove: { accountId: account, id } })) },
  ),
) as unknown as fc.Arbitrary<Write>;

type Step =
  | { readonly kind: 'write'; readonly write: Write }
  | { readonly kind: 'look' }
  | { readonly kind: 'attempt'; readonly writes: readonly Write[]; readonly fails: boolean };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  anyWrite.map((write) => ({ kind: 'write', write }) as const),
  fc.constant({ kind: 'look' } as const),
  fc.record({
    kind: fc.constant('attempt' as const),
    writes: fc.array(anyWrite, { maxLength: 4 }),
    fails: fc.boolean(),
  }),
);

/** Everything that can be asked of these rows. */
const seen = (views: ReadViews): unknown =>
  ids.map((id) => [
    ...(Object.keys(rows) as TableName[]).map((table) => views.get(table, account, id as never)),
    views.administratorsOf(account),
    agentsOf(views, { accountId: account, inboxId: id as Row<'inboxes'>['id'] }),
    views.sessionsOf(account, id as Row<'contacts'>['id']),
    views.lastChatMessage(account, id as Row<'conversations'>['id']),
    [null, 0, 3].map((since) => views.unreadCount(account, id as Row<'conversations'>['id'], since)),
  ]);

/** Whether it was done: a row that SQLite refuses is refused by both. */
const done = (work: () => void): string => {
  try {
    work();
    return 'done';
  } catch (error) {
    return String(error);
  }
};

const take = (views: Views, step: Step): string => {
  if (step.kind === 'look') return 'looked';
  if (step.kind === 'write') return done(() => views.write(step.write));
  return done(() =>
    views.attempt(() => {
      for (const write of step.writes) views.write(write);
      if (step.fails) throw new Error('half of it');
    }),
  );
};

const opened = (): { readonly views: Views; readonly close: () => void } => {
  const views = sqliteViews(join(mkdtempSync(join(tmpdir(), 'views-')), 'views.sqlite'));
  views.begin();
  return {
    views,
    close: () => {
      views.commit(positionOf(1));
      views.close();
    },
  };
};
const inbox = {
  table: 'inboxes',
  row: {
    ...{ accountId: account, id: 1 as InboxId, name: 'inbox', channel: 'Channel::Api', identifier: null },
    ...{ hmacToken: null, hmacMandatory: false, lockToSingleConversation: false, version: 1 },
    members: [2, 3] as UserId[],
  },
} as const;
const agent = (id: number, role: Row<'agents'>['role']): Write => ({
  table: 'agents',
  row: {
    accountId: account,
    id: id as UserId,
    role,
    availability: 'online',
    autoOffline: true,
    status: 'online',
    version: 1,
  },
});

describe('views in use', () => {
  it('say the same as a file that is opened anew after each change', () => {
    const folder = mkdtempSync(join(tmpdir(), 'views-'));
    let file = 0;
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        const [one, other] = [++file, ++file].map((number) => join(folder, `${number}.sqlite`)) as [string, string];
        const inUse = sqliteViews(one);
        inUse.begin();
        for (const [index, step] of steps.entries()) {
          const anew = sqliteViews(other);
          anew.begin();
          expect(take(inUse, step)).toBe(take(anew, step));
          anew.commit(positionOf(index));
          anew.close();
          if (step.kind === 'write') continue;
          const reading = sqliteViews(other);
          expect(seen(inUse)).toEqual(seen(reading));
          reading.close();
        }
        inUse.commit(positionOf(steps.length));
        const [left, right] = [sqliteViews(one), sqliteViews(other)];
        expect(seen(left)).toEqual(seen(right));
        for (const views of [inUse, left, right]) views.close();
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  it('know at once who has become or ceased to be one of the agents that hear of a conversation', () => {
    const { views, close } = opened();
    const hearing = (): readonly number[] => agentsOf(views, { accountId: account, inboxId: inbox.row.id });
    for (const write of [inbox, agent(1, 'administrator'), agent(2, 'agent')]) views.write(write);
    expect(hearing()).toEqual([1, 2]);
    views.write(agent(3, 'agent'));
    expect(hearing()).toEqual([1, 2, 3]);
    views.write({ table: 'agents', remove: { accountId: account, id: 2 as UserId } });
    expect(hearing()).toEqual([1, 3]);
    expect(() =>
      views.attempt(() => {
        views.write(agent(2, 'agent'));
        expect(hearing()).toEqual([1, 2, 3]);
        throw new Error('half of it');
      }),
    ).toThrow('half of it');
    expect(hearing()).toEqual([1, 3]);
    views.write({ ...inbox, row: { ...inbox.row, members: [] } });
    expect(hearing()).toEqual([1]);
    close();
  });
});
