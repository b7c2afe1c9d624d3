/** The account's events as a list: newest first, in pages, with what comes live on top (pure). */

export type Entry = {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  /** ISO 8601: when it happened. */
  readonly time: string;
  /** Unix ms: when the log stored it. */
  readonly recorded_at: number;
  readonly source: string;
  readonly entity: string;
  readonly entity_id: number;
  readonly version?: number;
  readonly traceparent?: string | null;
  readonly data: Readonly<Record<string, unknown>>;
};

export type Audience =
  { readonly kind: 'all' } | { readonly kind: 'only' | 'except'; readonly users: readonly number[] };

export type Delivery = {
  readonly lane: string;
  readonly audience: Audience | null;
  /** Null: it ended subscriptions instead of telling something. */
  readonly frame: { readonly event: string; readonly data: unknown } | null;
};

export type EntryDetail = { readonly event: Entry; readonly deliveries: readonly Delivery[] };

export type TimelineFilter = {
  /** A type, or the beginning of some: `message.` */
  readonly type: string;
  /** `conversation` or `conversation.7` */
  readonly entity: string;
};

export const everything: TimelineFilter = { type: '', entity: '' };

export const passes = (entry: Entry, { type, entity }: TimelineFilter): boolean => {
  const isType = type === '' || entry.type === type || (type.endsWith('.') && entry.type.startsWith(type));
  const name = `${entry.entity}.${entry.entity_id}`;
  return isType && (entity === '' || entity === entry.entity || entity === name);
};

/** Puts what came live on top. What is there already stays once. */
export const withNewer = (entries: readonly Entry[], newer: readonly Entry[]): readonly Entry[] => {
  const top = entries[0]?.position ?? 0;
  const added = newer.filter(({ position }) => position > top);
  if (added.length === 0) return entries;
  return [...distinct(added.toSorted((one, other) => other.position - one.position)), ...entries];
};

/** Puts a page of older ones below. */
export const withOlder = (entries: readonly Entry[], older: readonly Entry[]): readonly Entry[] => {
  const bottom = entries.at(-1)?.position ?? Number.POSITIVE_INFINITY;
  const added = older.filter(({ position }) => position < bottom);
  return [...entries, ...distinct(added.toSorted((one, other) => other.position - one.position))];
};

const distinct = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry, index) => entry.position !== entries[index - 1]?.position);

/** Which rows to draw: those in sight and a few beside them. Whole numbers of rows of one height. */
export const windowOf = (
  { rows, rowHeight, overscan = 8 }: { rows: number; rowHeight: number; overscan?: number },
  { top, height }: { top: number; height: number },
): { readonly from: number; readonly to: number } => {
  const from = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const to = Math.min(rows, Math.ceil((top + height) / rowHeight) + overscan);
  return { from: Math.min(from, to), to };
};

/** What an event says, in a line. */
export const summary = ({ data }: Entry): string => {
  const said = ['content', 'name', 'status', 'availability', 'role', 'source_id']
    .map((key) => data[key])
    .find((value) => typeof value === 'string' && value !== '');
  const about = [
    ['conversation_id', 'conversation'],
    ['contact_id', 'contact'],
    ['user_id', 'user'],
    ['assignee_id', 'assignee'],
    ['team_id', 'team'],
    ['inbox_id', 'inbox'],
    ['performer_id', 'by user'],
  ] as const;
  const links = about.flatMap(([key, word]) => (typeof data[key] === 'number' ? [`${word} ${data[key]}`] : []));
  const parts = [...(typeof said === 'string' ? [said] : []), ...links.slice(0, 2)];
  return (parts.length === 0 ? plain(data) : parts).join(' · ');
};

/** The first values of an event that says nothing better. */
const plain = (data: Entry['data']): readonly string[] =>
  Object.entries(data)
    .filter(([key, value]) => key !== 'id' && value !== null && value !== '' && isShort(value))
    .slice(0, 2)
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${String(value)}`);

/** A number, a word, or a list of them. */
const isShort = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isShort) : typeof value !== 'object';

/** The names of the account's users, as far as they are known. */
export type Names = ReadonlyMap<number, string>;

/** `John (user 1)` */
export const userNamed = (id: number, names: Names): string => {
  const name = names.get(id);
  return name === undefined ? `user ${id}` : `${name} (user ${id})`;
};

/** Who received a delivery, in words. */
export const receivers = ({ lane, audience }: Delivery, names: Names = new Map()): string => {
  if (lane.startsWith('contact.')) return `the customer of session ${lane.slice('contact.'.length)}`;
  if (lane === 'contacts') return 'every customer';
  if (audience === null || audience.kind === 'all') return 'every user of the account';
  const users = audience.users.map((id) => userNamed(id, names)).join(', ') || 'nobody';
  return audience.kind === 'only' ? users : `every user but ${users}`;
};

/** The kinds of events there are to choose from, each with all that is about the same entity. */
export const families: readonly string[] = [
  'account',
  'agent',
  'contact',
  'contact_inbox',
  'conversation',
  'inbox',
  'message',
  'team',
  'user',
];
