/**
 * The versions of rows: the position of the last event about the same thing, which is what the log compares an expected
 * version with.
 *
 * The log counts every event of a subject, also one of which nothing came: an event that is parked or sent twice moves the
 * version too, or nothing could ever be appended again on the state that the views show.
 */
import { subjectOf, type Entity, type RecordedEvent } from '@cablehub/events';
import type { Rewrite } from './evolution/evolution.ts';
import type { TableName } from './schema.ts';
import type { ReadViews, Views, Write } from './views.ts';

type Versioned = 'users' | 'agents' | 'inboxes' | 'contacts' | 'contactInboxes' | 'conversations' | 'messages';

/** Where the row of an entity is, if its events can race. */
const tableOf: { readonly [E in Entity]: (Versioned & TableName) | null } = {
  account: null,
  team: null,
  user: 'users',
  agent: 'agents',
  inbox: 'inboxes',
  contact: 'contacts',
  contact_inbox: 'contactInboxes',
  conversation: 'conversations',
  message: 'messages',
};

/** What an event writes, with its position as the version of the row that it is about. All other rows keep theirs. */
export const versioned = (event: RecordedEvent, rewrites: readonly Rewrite[]): readonly Write[] => {
  const { entity, entityId } = subjectOf(event);
  const own = tableOf[entity];
  return rewrites.map((rewrite): Write => {
    const isOwn = rewrite.row !== undefined && rewrite.table === own && rewrite.row.id === entityId;
    return (isOwn ? { ...rewrite, row: { ...rewrite.row, version: event.position } } : rewrite) as Write;
  });
};

/** Moves the version of the row that an event is about, when there is one and nothing else came of the event. */
export const moveVersion = (views: ReadViews & Pick<Views, 'write'>, event: RecordedEvent): void => {
  const { entity, entityId } = subjectOf(event);
  const table = tableOf[entity];
  // An event that was written by hand may name what nothing can be looked up by.
  const isKey = typeof entityId === 'number' || typeof entityId === 'string';
  const row = table === null || !isKey ? null : views.get(table, event.accountId, entityId as never);
  if (row !== null) views.write({ table, row: { ...row, version: event.position } } as Write);
};
