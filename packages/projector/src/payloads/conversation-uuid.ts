import type { AccountId, ConversationId } from '@cablehub/events';
import { v5 } from 'uuid';

/** The name space of conversations; another would give every conversation another uuid. */
const CONVERSATIONS = 'a5f4b4ac-54e7-4c1f-9d0b-9a1b9f1b6c1e';

/** The `uuid` of a conversation (version 5): the same for the same account and id, on every replica and after every replay. */
export const conversationUuid = (accountId: AccountId, id: ConversationId): string =>
  v5(`${accountId}.${id}`, CONVERSATIONS);
