export { agentsPresence, customersPresence, type PresentContacts, type PresentUsers } from './presence.ts';
export { conversationUuid } from './conversation-uuid.ts';
export { conversationPayload, type ConversationPayload } from './conversation.ts';
export { messagePayload, type MessagePayload } from './message.ts';
export { contactPayload, userPayload, type ContactPayload, type UserPayload } from './people.ts';
export type { Viewer } from './viewer.ts';
