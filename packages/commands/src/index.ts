export type { ClaimRequest, Command, CommandContext, Decision, IdKind, Refusal } from './decision.ts';
export {
  createContact,
  mergeContacts,
  openSession,
  updateBySession,
  updateContact,
  verifySession,
  type ContactFields,
} from './contacts.ts';
export {
  assign,
  assignTeam,
  beginConversation,
  changeStatus,
  resolveByContact,
  seeByAgent,
  seeByContact,
} from './conversations.ts';
export { beginCorrespondence } from './correspondence.ts';
export { changeMembers, createInbox, updateInbox } from './inboxes.ts';
export {
  API_CHANNEL,
  deleteMessage,
  reportStatus,
  submitValues,
  writeAsAgent,
  writeAsContact,
  type MessageContent,
} from './messages.ts';
export { addAgent, createAccount, createTeam, createUser, removeAgent, updateAgent } from './people.ts';
