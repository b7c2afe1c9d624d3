/** Members and beats, for specifications. */
import type { ContactId, ContactInboxId, UserId } from '@cablehub/events';
import type { Beat, Member } from '@cablehub/log';

export const user = (id: number): Member => ({ kind: 'user', userId: id as UserId });
export const contact = (id: number, session: number): Member => ({
  kind: 'contact',
  contactId: id as ContactId,
  contactInboxId: session as ContactInboxId,
});
export const john = user(1);
export const jane = contact(12, 120);

/** Where somebody has how many sockets; unless said otherwise, John has one at gateway `a`. */
export type Sockets = { readonly member?: Member; readonly sockets?: number; readonly gateway?: string };

const defaults = { member: john, sockets: 1, gateway: 'a' };

export const changed = (at: Sockets = {}): Beat => ({ kind: 'changed', ...defaults, ...at, subscribed: false });
export const subscribed = (at: Sockets = {}): Beat => ({ kind: 'changed', ...defaults, ...at, subscribed: true });
export const closed = (at: Sockets = {}): Beat => changed({ ...at, sockets: 0 });
export const heartbeat = (at: Sockets = {}): Beat => ({ kind: 'heartbeat', ...defaults, ...at });
export const digest = (members: readonly Member[], gateway = 'a'): Beat => ({
  kind: 'digest',
  gateway,
  members: members.map((member) => ({ member, sockets: 1 })),
});
