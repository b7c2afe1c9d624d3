/** One example of every event, from the story of the article: account 1, John, jane and conversation 8 (pure). */
import { definitionOf, type EventType } from '@cablehub/events';

type Example = Readonly<Record<string, unknown>>;

const token = (whose: string): string => `${whose}-0123456789abcdef`;

/** The data of an event of each type, as a producer may send it. */
export const exampleData: Readonly<Record<EventType, Example>> = {
  'account.created': { name: 'Acme' },
  'user.created': { id: 1, name: 'John', email: 'john@acme.inc', pubsub_token: token('john') },
  'user.updated': { id: 1, available_name: 'John from Acme' },
  'agent.added': { user_id: 1, role: 'administrator' },
  'agent.updated': { user_id: 1, availability: 'busy' },
  'agent.removed': { user_id: 1 },
  'agent.availability_changed': { user_id: 1, availability: 'online' },
  'inbox.created': { id: 1, name: 'Website', channel: 'Channel::WebWidget' },
  'inbox.updated': { id: 1, hmac_mandatory: true },
  'inbox.members_changed': { id: 1, added: [1] },
  'team.created': { id: 1, name: 'support' },
  'team.updated': { id: 1, name: 'sales' },
  'contact.created': { id: 12, name: 'jane' },
  'contact.updated': { id: 12, email: 'jane@acme.inc' },
  'contact.merged': { id: 11, into_id: 10 },
  'contact_inbox.created': {
    id: 10,
    contact_id: 12,
    inbox_id: 1,
    source_id: '0538243e-1223-49e8-a381-a5a8ce250f60',
    pubsub_token: token('jane'),
  },
  'contact_inbox.verified': { id: 10 },
  'contact_inbox.moved': { id: 101, contact_id: 10 },
  'conversation.created': { id: 8, inbox_id: 1, contact_inbox_id: 10, assignee_id: 1 },
  'conversation.status_changed': { id: 8, status: 'resolved', performer_id: 1 },
  'conversation.assignee_changed': { id: 8, assignee_id: 1 },
  'conversation.team_changed': { id: 8, team_id: 1 },
  'conversation.contact_changed': { id: 8, contact_id: 12 },
  'conversation.contact_seen': { id: 8 },
  'conversation.agent_seen': { id: 8, performer_id: 1 },
  'message.created': {
    id: 106,
    conversation_id: 8,
    content: 'hi',
    message_type: 'incoming',
    sender: { type: 'Contact', id: 12 },
  },
  'message.updated': { id: 106, content_attributes: { submitted_email: 'jane@acme.inc' } },
};

/** A whole event of a type, as a producer sends it. */
export const exampleEvent = (type: EventType): Example => ({
  type,
  data: exampleData[type],
  id: `${definitionOf(type).entity}-example`,
  time: '2021-07-23T17:23:04.000Z',
});
