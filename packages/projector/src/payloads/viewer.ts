/** For whom a payload is made. The only thing that differs is which session token its contact objects show. */
import type { Row } from '../schema.ts';

export type Viewer =
  /** Agents see the token of the conversation's own session, as documented, unless the installation hides it. */
  | { readonly kind: 'agents'; readonly contactTokens: 'visible' | 'hidden' }
  /** A customer sees their own token and never another session's. */
  | { readonly kind: 'session'; readonly session: Row<'contactInboxes'> };

/** The token to show in a contact object of a conversation held in `session`; empty: none. */
export const shownToken = (viewer: Viewer, session: Row<'contactInboxes'> | null): string => {
  if (session === null) return '';
  if (viewer.kind === 'session')
    return viewer.session.contactId === session.contactId ? viewer.session.pubsubToken : '';
  return viewer.contactTokens === 'visible' ? session.pubsubToken : '';
};
