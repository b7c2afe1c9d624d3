/**
 * Old shapes of events, turned into today's on reading.
 *
 * The log is for ever, so an event keeps the shape it was written in. Each upcaster makes the step from one version to
 * the next and knows no other; reading applies the steps in turn, so everything after the log sees only today's shape.
 * Raising a version in an event's definition without a step here fails the specification.
 */
import { definitionOf, type EventType } from './event.ts';

type Data = Readonly<Record<string, unknown>>;
type Step = (data: Data) => Data;

/** Steps by type: the first turns version 1 into 2, the next 2 into 3. */
export const upcasters: { readonly [Type in EventType]?: readonly Step[] } = {
  // Version 1 knew no access tokens.
  'user.created': [(data) => ({ ...data, access_token_hash: null })],
  'user.updated': [(data) => data],
  // Version 1 knew no inboxes that are written to over HTTP.
  'inbox.created': [
    (data) => ({
      ...data,
      identifier: null,
      hmac_token: null,
      hmac_mandatory: false,
      lock_to_single_conversation: false,
    }),
  ],
  'message.created': [
    // Version 1 let the content type be null, as Chatwoot did in 2021 for an agent's messages. It always meant text.
    (data) => ({ ...data, content_type: data['content_type'] ?? 'text' }),
  ],
};

export type Upcast =
  | { readonly ok: true; readonly data: Data }
  /** Written by a newer hub than this one: it cannot be read until this one is upgraded. */
  | { readonly ok: false; readonly reason: 'from_the_future'; readonly version: number; readonly current: number };

/** Brings the data of an event of `type`, written in `version`, to the current version. */
export const upcast = (type: EventType, version: number, data: Data): Upcast => {
  const current = definitionOf(type).version;
  if (version > current) return { ok: false, reason: 'from_the_future', version, current };
  const steps = upcasters[type]?.slice(version - 1) ?? [];
  return { ok: true, data: steps.reduce((older, step) => step(older), data) };
};
