export { definitionOf, eventDefinitions, isEventType, positionOf, subjectOf } from './event.ts';
export type {
  DomainEvent,
  Envelope,
  EventData,
  EventType,
  NewEvent,
  Position,
  RecordedEvent,
  RecordedOf,
} from './event.ts';
export { entities, type Entity, type EventDefinition } from './definition.ts';
export {
  accountId,
  contactId,
  contactInboxId,
  conversationId,
  eventId,
  inboxId,
  messageId,
  pubsubToken,
  teamId,
  userId,
} from './ids.ts';
export type {
  AccountId,
  ContactId,
  ContactInboxId,
  ConversationId,
  EventId,
  InboxId,
  MessageId,
  PubsubToken,
  TeamId,
  UserId,
} from './ids.ts';
export type { ConversationStatus, Priority } from './conversation.ts';
export type { Attachment, MessageStatus, MessageType, Sender } from './message.ts';
export { moment, type Attributes, type Availability, type Role } from './values.ts';
export { upcast, type Upcast } from './upcast.ts';
