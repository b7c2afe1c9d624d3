/**
 * What presence says of an account (pure): every snapshot is whole, because clients take whoever is missing as offline.
 *
 * |         | auto_offline | in `users` | value                                     |
 * | present | any          | yes        | what they have chosen: may be busy, offline |
 * | absent  | true         | no         |                                           |
 * | absent  | false        | yes        | what they have chosen                     |
 *
 * A contact is in `contacts`, as `online`, while present. Customers' snapshots have no `contacts` at all.
 */
import type { AccountId, Availability, ContactId, UserId } from '@cablehub/events';
import type { Presence } from '@cablehub/log';
import { agentsPresence, customersPresence } from '@cablehub/projector/payloads';
import type { Agent } from './agents.ts';

type Users = Presence['users'];
type Contacts = Presence['contacts'];

/** What an agent is in effect, as `availability_status` says it. */
export const statusOf = (agent: Agent, isPresent: boolean): Availability =>
  isPresent || !agent.autoOffline ? agent.availability : 'offline';

export const usersOf = (agents: ReadonlyMap<UserId, Agent>, isPresent: (user: UserId) => boolean): Users =>
  Object.fromEntries(
    [...agents]
      .filter(([user, agent]) => isPresent(user) || !agent.autoOffline)
      .map(([user, agent]) => [user, agent.availability]),
  );

export const contactsOf = (present: Iterable<ContactId>): Contacts =>
  Object.fromEntries(Array.from(present, (contact) => [contact, 'online']));

const encoder = new TextEncoder();

/** The `message` of a `presence.update` frame, for agents; without contacts, for customers. */
export const presencePayload = (account: AccountId, users: Users, contacts?: Contacts): Uint8Array => {
  const frame = contacts === undefined ? customersPresence(account, users) : agentsPresence(account, users, contacts);
  return encoder.encode(JSON.stringify(frame));
};
