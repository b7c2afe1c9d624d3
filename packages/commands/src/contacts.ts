/** Contacts and their sessions: found or made, changed, proven (pure). Merging is in merging.ts. */
import type { Attributes, ContactId, ContactInboxId, InboxId, UserId } from '@cablehub/events';
import type { Reading, Row } from '@cablehub/projector';
import { defined, draft, invalid, notFound, type Command, type CommandContext, type Draft } from './decision.ts';
import { addMerge } from './merging.ts';
import { madeUpName } from './names.ts';

/** What a contact is known by. Absent: as it is; null: nothing. */
export type ContactFields = {
  readonly name?: string | null;
  readonly email?: string | null;
  readonly phoneNumber?: string | null;
  readonly identifier?: string | null;
  readonly avatarUrl?: string | null;
  readonly customAttributes?: Attributes;
  readonly additionalAttributes?: Attributes;
  readonly blocked?: boolean;
};

export type AboutSession = { readonly session: ContactInboxId; readonly contact: ContactId };

export type SessionWanted = {
  readonly inbox: InboxId;
  /** Absent: a random one. */
  readonly sourceId?: string;
  readonly fields: ContactFields;
};

/**
 * A customer comes to an inbox: to the session of their source id, else to a new one, with the contact of the same
 * identifier, e-mail address or phone number, else with a new contact.
 */
export const openSession =
  ({ inbox, sourceId, fields }: SessionWanted): Command<AboutSession> =>
  (views, context) => {
    const { accountId } = context;
    const writing = draft(context);
    const known = sourceId === undefined ? null : views.sessionBySource(accountId, inbox, sourceId);
    if (known !== null) return writing.decided({ session: known.id, contact: known.contactId });
    const wrong = wrongIn(fields);
    if (wrong !== null) return wrong;
    const same = knownAs(views, context, fields);
    const contact = same?.id ?? addContact(writing, context, { fields, name: fields.name || madeUpName(context) });
    return writing.decided({ session: addSession(writing, context, { inbox, contact, sourceId }), contact });
  };

const knownAs = (views: Reading, { accountId }: CommandContext, fields: ContactFields): Row<'contacts'> | null => {
  const { identifier, email, phoneNumber } = fields;
  return (
    (identifier ? views.contactByIdentifier(accountId, identifier) : null) ??
    (email ? views.contactByEmail(accountId, email) : null) ??
    (phoneNumber ? views.contactByPhone(accountId, phoneNumber) : null)
  );
};

type NewContact = { readonly fields: ContactFields; readonly name: string; readonly by?: UserId };

const addContact = (writing: Draft, context: CommandContext, { fields, name, by }: NewContact): ContactId => {
  const id = context.takeId('contact') as ContactId;
  const { email, phoneNumber, identifier, avatarUrl, customAttributes = {}, additionalAttributes = {} } = fields;
  writing.add(
    'contact.created',
    {
      id,
      name,
      email: email || null,
      phone_number: phoneNumber || null,
      identifier: identifier || null,
      thumbnail: avatarUrl ?? '',
      custom_attributes: customAttributes,
      additional_attributes: additionalAttributes,
      blocked: fields.blocked ?? false,
      ...(by === undefined ? {} : { performer_id: by }),
    },
    0,
  );
  claimAll(writing, id, fields);
  return id;
};

type NewSession = {
  readonly inbox: InboxId;
  readonly contact: ContactId;
  readonly sourceId?: string | undefined;
  readonly isVerified?: boolean;
};

/** Adds the event of a new session to a draft. */
export const addSession = (writing: Draft, context: CommandContext, wanted: NewSession): ContactInboxId => {
  const id = context.takeId('contact_inbox') as ContactInboxId;
  const sourceId = wanted.sourceId ?? context.newId();
  const data = {
    id,
    contact_id: wanted.contact,
    inbox_id: wanted.inbox,
    source_id: sourceId,
    pubsub_token: context.newSecret() as Row<'contactInboxes'>['pubsubToken'],
    hmac_verified: wanted.isVerified ?? false,
  };
  writing.add('contact_inbox.created', data, 0);
  if (wanted.sourceId !== undefined) writing.claim(`source_id.${wanted.inbox}`, sourceId, id);
  return id;
};

const claimAll = ({ claim }: Draft, id: ContactId, { identifier, email, phoneNumber }: ContactFields): void => {
  claim('identifier', identifier, id);
  claim('email', email, id);
  claim('phone_number', phoneNumber, id);
};

const wrongIn = ({ email, phoneNumber }: ContactFields) => {
  if (email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return invalid('email', 'Email Invalid email');
  if (phoneNumber && !/^\+[1-9]\d{1,14}$/.test(phoneNumber))
    return invalid('phone_number', 'Phone number should be in e164 format');
  return null;
};

const takenIn = (
  views: Reading,
  { accountId }: CommandContext,
  { id, fields }: { id: number; fields: ContactFields },
) => {
  const { identifier, email, phoneNumber } = fields;
  const isOthers = (row: Row<'contacts'> | null): boolean => row !== null && row.id !== id;
  if (identifier && isOthers(views.contactByIdentifier(accountId, identifier)))
    return invalid('identifier', 'Identifier has already been taken');
  if (email && isOthers(views.contactByEmail(accountId, email)))
    return invalid('email', 'Email has already been taken');
  if (phoneNumber && isOthers(views.contactByPhone(accountId, phoneNumber)))
    return invalid('phone_number', 'Phone number has already been taken');
  return null;
};

/** What belongs to a third contact stays there. */
const withoutTaken = (views: Reading, context: CommandContext, wanted: { id: number; fields: ContactFields }) => {
  if (takenIn(views, context, wanted) === null) return wanted.fields;
  const { phoneNumber: _phoneNumber, identifier: _identifier, ...others } = wanted.fields;
  return others;
};

/** A session turns out to be of whom it says. */
export const verifySession =
  (id: ContactInboxId): Command<AboutSession> =>
  (views, context) => {
    const session = views.get('contactInboxes', context.accountId, id);
    if (session === null) return notFound;
    const writing = draft(context);
    if (!session.hmacVerified) writing.add('contact_inbox.verified', { id }, session.version);
    return writing.decided({ session: id, contact: session.contactId });
  };

export type SessionUpdate = {
  readonly session: ContactInboxId;
  readonly fields: ContactFields;
  /** The customer has proven who they are. */
  readonly isVerified: boolean;
};

/**
 * A customer says more of themselves. When another contact has the e-mail address or the phone number already, the customer
 * turns out to be that one: their own contact is merged into it.
 */
export const updateBySession =
  ({ session: id, fields, isVerified }: SessionUpdate): Command<AboutSession> =>
  (views, context) => {
    const session = views.get('contactInboxes', context.accountId, id);
    const own = session === null ? null : views.get('contacts', context.accountId, session.contactId);
    if (session === null || own === null) return notFound;
    const wrong = wrongIn(fields);
    if (wrong !== null) return wrong;
    const writing = draft(context);
    if (isVerified && !session.hmacVerified) writing.add('contact_inbox.verified', { id }, session.version);
    const other = knownAs(views, context, { ...fields, identifier: null });
    if (other === null || other.id === own.id) {
      const taken = takenIn(views, context, { id: own.id, fields });
      if (taken !== null) return taken;
      addUpdate(writing, own, { fields });
      return writing.decided({ session: id, contact: own.id });
    }
    addMerge(writing, { views, accountId: context.accountId }, { base: other, mergee: own });
    const fitting = withoutTaken(views, context, { id: other.id, fields });
    addUpdate(writing, { ...other, ...filledFrom(other, own) }, { fields: fitting, isFilled: true });
    return writing.decided({ session: id, contact: other.id });
  };

/** What a contact gains from one that is merged into it: what it has not itself. */
const filledFrom = (base: Row<'contacts'>, mergee: Row<'contacts'>): Partial<Row<'contacts'>> => ({
  email: base.email ?? mergee.email,
  phoneNumber: base.phoneNumber ?? mergee.phoneNumber,
  identifier: base.identifier ?? mergee.identifier,
  additionalAttributes: { ...mergee.additionalAttributes, ...base.additionalAttributes },
  customAttributes: { ...mergee.customAttributes, ...base.customAttributes },
});

type ContactUpdate = { readonly fields: ContactFields; readonly by?: UserId | undefined; readonly isFilled?: boolean };

/** Attributes are merged one level deep; an empty text takes a value away, but never the name. */
const addUpdate = (writing: Draft, contact: Row<'contacts'>, { fields, by, isFilled = false }: ContactUpdate): void => {
  const known = { email: contact.email, phone_number: contact.phoneNumber, identifier: contact.identifier };
  const merged = (old: Attributes, given: Attributes | undefined): Attributes | undefined =>
    given === undefined && !isFilled ? undefined : { ...old, ...given };
  const data = {
    ...(isFilled ? known : {}),
    ...defined({
      name: fields.name || undefined,
      email: unlessEmpty(fields.email),
      phone_number: unlessEmpty(fields.phoneNumber),
      identifier: unlessEmpty(fields.identifier),
      thumbnail: fields.avatarUrl ?? undefined,
      custom_attributes: merged(contact.customAttributes, fields.customAttributes),
      additional_attributes: merged(contact.additionalAttributes, fields.additionalAttributes),
      blocked: fields.blocked,
      performer_id: by,
    }),
  };
  writing.add('contact.updated', { id: contact.id, ...data }, contact.version);
  claimAll(writing, contact.id, fields);
};

const unlessEmpty = (text: string | null | undefined): string | null | undefined => (text === '' ? null : text);

export type ContactWanted = {
  readonly fields: ContactFields;
  /** With a session there from the start. */
  readonly inbox?: InboxId;
  readonly sourceId?: string;
  readonly by: UserId;
};
export type AboutContact = { readonly contact: ContactId; readonly session: ContactInboxId | null };

/** An agent makes a contact. */
export const createContact =
  ({ fields, inbox, sourceId, by }: ContactWanted): Command<AboutContact> =>
  (views, context) => {
    const wrong = wrongIn(fields) ?? takenIn(views, context, { id: 0, fields });
    if (wrong !== null) return wrong;
    if (inbox !== undefined && views.get('inboxes', context.accountId, inbox) === null) return notFound;
    if (isSession(views, context, { inbox, sourceId })) return invalid('source_id', 'Source has already been taken');
    const writing = draft(context);
    const name = nameIn(fields) ?? madeUpName(context);
    const contact = addContact(writing, context, { fields, name, by });
    const session = inbox === undefined ? null : addSession(writing, context, { inbox, contact, sourceId });
    return writing.decided({ contact, session });
  };

type Place = { readonly inbox: InboxId | undefined; readonly sourceId: string | undefined };
const isSession = (views: Reading, { accountId }: CommandContext, { inbox, sourceId }: Place): boolean =>
  inbox !== undefined && sourceId !== undefined && views.sessionBySource(accountId, inbox, sourceId) !== null;

const nameIn = ({ name, email, phoneNumber }: ContactFields): string | null =>
  [name, email, phoneNumber].find((one) => one != null && one !== '') ?? null;

export type ContactChange = { readonly contact: ContactId; readonly fields: ContactFields; readonly by: UserId };

/** An agent changes a contact. */
export const updateContact =
  ({ contact: id, fields, by }: ContactChange): Command<{ readonly contact: ContactId }> =>
  (views, context) => {
    const contact = views.get('contacts', context.accountId, id);
    if (contact === null) return notFound;
    const wrong = wrongIn(fields) ?? takenIn(views, context, { id, fields });
    if (wrong !== null) return wrong;
    const writing = draft(context);
    addUpdate(writing, contact, { fields, by });
    return writing.decided({ contact: id });
  };

export type MergeWanted = { readonly base: ContactId; readonly mergee: ContactId; readonly by: UserId };

/** An agent says that two contacts are one. The base stays, and gains what it has not itself. */
export const mergeContacts =
  ({ base: baseId, mergee: mergeeId, by }: MergeWanted): Command<{ readonly contact: ContactId }> =>
  (views, context) => {
    const base = views.get('contacts', context.accountId, baseId);
    const mergee = views.get('contacts', context.accountId, mergeeId);
    if (base === null || mergee === null) return notFound;
    const writing = draft(context);
    if (base.id === mergee.id) return writing.decided({ contact: base.id });
    addMerge(writing, { views, accountId: context.accountId }, { base, mergee, by });
    addUpdate(writing, { ...base, ...filledFrom(base, mergee) }, { fields: {}, by, isFilled: true });
    return writing.decided({ contact: base.id });
  };
