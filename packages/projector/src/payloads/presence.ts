/** Who is present, as `presence.update` tells it: always everybody, because clients mark whoever is missing as offline. */
import type { AccountId, Availability } from '@cablehub/events';

export type PresentUsers = Readonly<Record<string, Availability>>;
export type PresentContacts = Readonly<Record<string, 'online'>>;

/** For agents: users and contacts, by id. */
export const agentsPresence = (accountId: AccountId, users: PresentUsers, contacts: PresentContacts) =>
  ({ event: 'presence.update', data: { account_id: accountId, users, contacts } }) as const;

/** For customers: users alone. The key `contacts` is absent, not empty. */
export const customersPresence = (accountId: AccountId, users: PresentUsers) =>
  ({ event: 'presence.update', data: { account_id: accountId, users } }) as const;
