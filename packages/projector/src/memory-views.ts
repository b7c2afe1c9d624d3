/** The views in maps: for tests, and to read first. */
import { positionOf, type AccountId, type Position } from '@cablehub/events';
import { tables, type Row, type TableName } from './schema.ts';
import { UNREAD_LIMIT, type Parked, type Views } from './views.ts';

type Kept = {
  readonly rows: Map<string, Map<string, Row<TableName>>>;
  readonly parked: readonly Parked[];
  readonly ids: ReadonlySet<string>;
};

export const memoryViews = (): Views => {
  const rows = new Map<string, Map<string, Row<TableName>>>(Object.keys(tables).map((name) => [name, new Map()]));
  let parked: Parked[] = [];
  let ids = new Set<string>();
  let position: Position = positionOf(0);
  let before: Kept | null = null;
  let undo: (() => void)[] = [];

  const table = <Name extends TableName>(name: Name) => rows.get(name) as unknown as Map<string, Row<Name>>;
  const of = <Name extends TableName>(name: Name, accountId: AccountId): Row<Name>[] =>
    [...table(name).values()].filter((row) => row.accountId === accountId).toSorted((a, b) => a.id - b.id);

  return {
    get: (name, accountId, id) => table(name).get(`${accountId}.${id}`) ?? null,
    administratorsOf: (accountId) =>
      of('agents', accountId)
        .filter((agent) => agent.role === 'administrator')
        .map((agent) => agent.id),
    inboxesOf: (accountId, user) =>
      of('inboxes', accountId)
        .filter((inbox) => inbox.members.includes(user))
        .map((inbox) => inbox.id),
    sessionsOf: (accountId, contact) =>
      of('contactInboxes', accountId).filter((session) => session.contactId === contact),
    conversationsOf: (accountId, contact) =>
      of('conversations', accountId).filter((conversation) => conversation.contactId === contact),
    lastChatMessage: (accountId, conversation) =>
      of('messages', accountId)
        .filter((message) => message.conversationId === conversation && message.isChat)
        .toSorted((a, b) => a.position - b.position)
        .at(-1) ?? null,
    unreadCount: (accountId, conversation, since) => {
      const unread = of('messages', accountId).filter(
        (message) =>
          message.conversationId === conversation &&
          message.messageType === 'incoming' &&
          message.createdAt > (since ?? -1),
      );
      return Math.min(unread.length, UNREAD_LIMIT);
    },

    write: ({ table: name, row, remove }) => {
      const { accountId, id } = row ?? remove;
      const key = `${accountId}.${id}`;
      const old = table(name).get(key);
      undo.push(() => void (old === undefined ? table(name).delete(key) : table(name).set(key, old as never)));
      if (row === undefined) table(name).delete(key);
      else table(name).set(key, structuredClone(row));
    },
    remember: (accountId, id) => {
      const before = ids.size;
      return ids.add(`${accountId}.${id}`).size > before;
    },
    park: (event) => void (parked = [...parked, event]),
    parked: () => parked,
    checkpoint: () => position,
    begin: () => {
      before = { rows: new Map([...rows].map(([name, kept]) => [name, new Map(kept)])), parked, ids: new Set(ids) };
    },
    commit: (reached) => {
      position = reached;
      before = null;
    },
    rollback: () => {
      for (const [name, kept] of before?.rows ?? []) rows.set(name, kept);
      parked = [...(before?.parked ?? parked)];
      ids = new Set(before?.ids ?? ids);
      before = null;
    },
    attempt: (work) => {
      undo = [];
      try {
        return work();
      } catch (error) {
        for (const undoOne of undo.toReversed()) undoOne();
        throw error;
      }
    },
    close: () => undefined,
  };
};
