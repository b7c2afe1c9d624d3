import type { AccountId, ContactInboxId } from '@cablehub/events';
import { describe, expect, it } from 'vitest';
import { accountOf, contactLane, partitionOf, subjects } from './names.ts';

describe('subject', () => {
  const account = 130 as AccountId;

  it('names partition, account, entity and id of an event', () => {
    expect(subjects.event(account, 'message', 9)).toBe('events.2.130.message.9');
    expect([partitionOf(63), partitionOf(64), partitionOf(65)]).toEqual([63, 0, 1]);
  });

  it('is heard where a delivery is republished', () => {
    const lane = contactLane(4 as ContactInboxId);
    expect(subjects.delivery(account, lane)).toBe('deliveries.130.contact.4');
    expect(subjects.cable(account, lane)).toBe('cable.130.contact.4');
  });

  it('tells its account', () => {
    const named = [subjects.typing(account), subjects.beats(account), subjects.presence(account)];
    expect(named.map(accountOf)).toEqual([130, 130, 130]);
  });
});
