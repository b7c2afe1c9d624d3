import type { NewEvent, RecordedEvent } from '@cablehub/events';
import { anyEvent, newEvent, recorded } from '@cablehub/events/testing';
import { memoryLog } from '@cablehub/log/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryViews } from './memory-views.ts';
import { project } from './projection.ts';
import type { Row } from './schema.ts';
import { story } from './story.fixture.ts';
import type { Views } from './views.ts';

const tables = ['users', 'agents', 'inboxes', 'contacts', 'contactInboxes', 'conversations', 'messages'] as const;
type Table = (typeof tables)[number];
const one = 1 as never;

const fold = (views: Views, entries: Iterable<RecordedEvent>): void => {
  for (const entry of entries) project(views, entry, { contactTokens: 'visible' });
};
const rowsOf = (views: Views): readonly (readonly [Table, Row<Table>])[] =>
  tables.flatMap((table) =>
    Array.from({ length: 200 }, (_, id) => views.get(table, one, id as never))
      .filter((row) => row !== null)
      .map((row) => [table, row] as const),
  );

/** An event that changes nothing, about the thing of a row. */
const touching = (table: Table, { id }: Row<Table>): NewEvent => {
  switch (table) {
    case 'users':
      return newEvent('user.updated', { id });
    case 'agents':
      return newEvent('agent.updated', { user_id: id });
    case 'inboxes':
      return newEvent('inbox.updated', { id });
    case 'contacts':
      return newEvent('contact.updated', { id });
    case 'contactInboxes':
      return newEvent('contact_inbox.verified', { id });
    case 'conversations':
      return newEvent('conversation.agent_seen', { id });
    case 'messages':
      return newEvent('message.updated', { id });
  }
};

describe('the version of a row', () => {
  it('is what the log expects of the next event about it, whatever came of those before', async () => {
    const strangers = fc.array(anyEvent(), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(strangers, async (more) => {
        const log = memoryLog();
        const events = [...story(), ...more.map((event) => ({ ...event, accountId: one }))];
        await log.append(events.map((event) => ({ event })));
        const views = memoryViews();
        for await (const entry of log.read()) if (entry.type !== 'unreadable') fold(views, [entry]);
        for (const [table, row] of rowsOf(views)) {
          const event = touching(table, row);
          const [result] = await log.append([{ event, expectedVersion: row.version }]);
          expect(result, `${table} ${row.id}`).toMatchObject({ ok: true });
        }
      }),
      { numRuns: 10 },
    );
  });

  it('moves with an event that is parked or sent twice, and not with one about another thing', () => {
    const views = memoryViews();
    const past = story();
    fold(
      views,
      past.map((event, index) => recorded(event, index + 1) as RecordedEvent),
    );
    const [conversation] = rowsOf(views).flatMap(([table, row]) => (table === 'conversations' ? [row] : []));
    const versionNow = () => views.get('conversations', one, conversation!.id as never)?.version;
    const parked = newEvent('conversation.team_changed', { id: conversation!.id, team_id: 99 });
    fold(views, [recorded(parked, 1_000) as RecordedEvent]);
    expect(versionNow()).toBe(1_000);
    fold(views, [recorded(parked, 1_001) as RecordedEvent]);
    expect(versionNow()).toBe(1_001);
    const message = newEvent('message.created', {
      id: 4_711,
      conversation_id: conversation!.id,
      message_type: 'incoming',
    });
    fold(views, [recorded(message, 1_002) as RecordedEvent]);
    expect([versionNow(), views.get('messages', one, 4_711 as never)?.version]).toEqual([1_001, 1_002]);
  });
});
