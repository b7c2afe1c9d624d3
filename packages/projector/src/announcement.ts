/**
 * What the world is told of an event: for each lane of its audience, one frame body, encoded once.
 *
 * Frames for agents and for customers are made for their viewer (payloads/viewer.ts); where both would read the same, the
 * bytes are shared.
 */
import type { ConversationId, EventType, RecordedEvent, RecordedOf, UserId } from '@cablehub/events';
import { contactLane, everyone, type Audience, type Lane } from '@cablehub/log';
import { agentsOf, sessionsOf } from './audiences/audience.ts';
import { timeOf, type PreviousChanges } from './evolution/evolution.ts';
import { conversationPayload } from './payloads/conversation.ts';
import { messagePayload } from './payloads/message.ts';
import { contactPayload, performerOf } from './payloads/people.ts';
import type { Viewer } from './payloads/viewer.ts';
import { shownToken } from './payloads/viewer.ts';
import type { Row } from './schema.ts';
import type { ReadViews } from './views.ts';

/** A frame's body for one lane: the bytes of `{"event":…,"data":…}`. */
export type Announcement = { readonly lane: Lane; readonly audience: Audience; readonly payload: Uint8Array };

export type AnnounceOptions = {
  /** Whether agents see the tokens of customer sessions in contact objects. Default `visible`, as documented. */
  readonly contactTokens: 'visible' | 'hidden';
  /**
   * False: nobody will hear it. Everything is made as ever, so what cannot be told fails as ever, but nothing is written out: what the
   * views have kept as JSON can be written again. Default true.
   */
  readonly isHeard?: boolean;
};

type Telling<E = RecordedEvent> = {
  readonly views: ReadViews;
  readonly event: E;
  readonly options: AnnounceOptions;
  readonly previousChanges: PreviousChanges;
};
type Announce<Type extends EventType> = (telling: Telling<RecordedOf<Type>>) => readonly Announcement[];

/** The announcements of an event, from the views that already hold it. Most events tell nobody. */
export const announce = (telling: Telling): readonly Announcement[] => {
  const announceOne = announces[telling.event.type] as ((telling: Telling) => readonly Announcement[]) | undefined;
  return announceOne?.(telling) ?? [];
};

const announces: { readonly [Type in EventType]?: Announce<Type> } = {
  'contact.created': (telling) => contactAnnouncement('contact.created', telling),
  'contact.updated': (telling) => contactAnnouncement('contact.updated', telling),
  'conversation.created': (telling) => aboutConversation('conversation.created', telling, 'agents'),
  'conversation.status_changed': (telling) => aboutConversation('conversation.status_changed', telling, 'both'),
  'conversation.assignee_changed': (telling) => aboutConversation('assignee.changed', telling, 'agents'),
  'conversation.team_changed': (telling) => aboutConversation('team.changed', telling, 'agents'),
  'conversation.contact_changed': (telling) => aboutConversation('conversation.contact_changed', telling, 'agents'),
  'conversation.contact_seen': (telling) => aboutConversation('conversation.read', telling, 'agents'),
  'message.created': (telling) => {
    const { echo_id } = telling.event.data;
    // The one thing in a frame that the views do not keep.
    if (echo_id !== undefined && typeof echo_id !== 'string') JSON.stringify(echo_id);
    return aboutMessage('message.created', telling, echo_id === undefined ? {} : { echo_id });
  },
  'message.updated': (telling) =>
    aboutMessage('message.updated', telling, { previous_changes: telling.previousChanges }),
};

type ContactTelling = Telling<RecordedOf<'contact.created' | 'contact.updated'>>;

/** All users of the account. A contact stands in no conversation here: the token is that of its newest session. */
const contactAnnouncement = (
  event: string,
  { views, event: told, options }: ContactTelling,
): readonly Announcement[] => {
  const { accountId, data } = told;
  const contact = views.get('contacts', accountId, data.id);
  if (contact === null) return [];
  const session = views.sessionsOf(accountId, contact.id).at(-1) ?? null;
  const viewer: Viewer = { kind: 'agents', contactTokens: options.contactTokens };
  const body = {
    ...contactPayload(contact, shownToken(viewer, session)),
    account_id: accountId,
    ...performerOf(views, accountId, data.performer_id),
  };
  return [{ lane: 'agents', audience: everyone, payload: encoderFor(options)(event, body) }];
};

type ConversationTelling = Telling<RecordedEvent & { data: { id: ConversationId; performer_id?: UserId | undefined } }>;

const aboutConversation = (
  event: string,
  { views, event: told, options }: ConversationTelling,
  to: 'agents' | 'both',
): readonly Announcement[] => {
  const { accountId, data } = told;
  const conversation = views.get('conversations', accountId, data.id);
  if (conversation === null) return [];
  const performer = performerOf(views, accountId, data.performer_id);
  const now = timeOf(told);
  const write = encoderFor(options);
  return forAudience({ views, conversation, options, sessions: to === 'both' }, (viewer) =>
    write(event, {
      ...conversationPayload(views, { conversation, now }, viewer),
      account_id: accountId,
      ...performer,
    }),
  );
};

const aboutMessage = (
  event: string,
  { views, event: told, options }: Telling<RecordedOf<'message.created' | 'message.updated'>>,
  extra: object,
): readonly Announcement[] => {
  const { accountId, data } = told;
  const message = views.get('messages', accountId, data.id);
  const conversation = message && views.get('conversations', accountId, message.conversationId);
  if (message === null || conversation === null) return [];
  const performer = performerOf(views, accountId, data.performer_id);
  const write = encoderFor(options);
  return forAudience({ views, conversation, options, sessions: message.isChat }, (viewer) =>
    write(event, { ...messagePayload(views, { message, conversation }, viewer), ...extra, ...performer }),
  );
};

type AudienceOf = {
  readonly views: ReadViews;
  readonly conversation: Row<'conversations'>;
  readonly options: AnnounceOptions;
  /** Whether the customer's sessions hear it too. */
  readonly sessions: boolean;
};

const forAudience = (
  { views, conversation, options, sessions }: AudienceOf,
  encodeFor: (viewer: Viewer) => Uint8Array,
): readonly Announcement[] => {
  const users = agentsOf(views, conversation);
  const forAgents = encodeFor({ kind: 'agents', contactTokens: options.contactTokens });
  const agents: Announcement[] =
    users.length === 0 ? [] : [{ lane: 'agents', audience: { kind: 'only', users }, payload: forAgents }];
  if (!sessions) return agents;
  const customers = sessionsOf(views, conversation).map((session): Announcement => {
    const readsTheSame = options.contactTokens === 'visible' && session.id === conversation.contactInboxId;
    const payload = readsTheSame ? forAgents : encodeFor({ kind: 'session', session });
    return { lane: contactLane(session.id), audience: everyone, payload };
  });
  return [...agents, ...customers];
};

const encoderFor = ({ isHeard = true }: AnnounceOptions): typeof encode => (isHeard ? encode : unwritten);
const NOTHING = new Uint8Array();
const unwritten: typeof encode = () => NOTHING;

const encoder = new TextEncoder();
/** The bytes of a frame's `message`. */
export const encode = (event: string, data: object): Uint8Array => encoder.encode(JSON.stringify({ event, data }));
