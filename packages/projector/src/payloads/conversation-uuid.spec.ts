import type { AccountId, ConversationId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { conversationUuid } from './conversation-uuid.ts';

const uuid = (account: number, id: number): string => conversationUuid(account as AccountId, id as ConversationId);

describe('the uuid of a conversation', () => {
  it('is the same for ever', () => expect(uuid(1, 7)).toBe('1b8a08be-96a9-58d4-bb23-8e0c514e058d'));

  it('is a uuid of version 5', () => {
    expect(uuid(1, 7)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is another for another account or id', () => {
    expect(new Set([uuid(1, 7), uuid(1, 8), uuid(2, 7), uuid(11, 7), uuid(1, 17)])).toHaveProperty('size', 5);
  });
});
