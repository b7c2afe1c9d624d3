import { describe, expect, it } from 'vitest';
import { definitionOf, eventDefinitions, type EventType } from './event.ts';
import { upcast, upcasters } from './upcast.ts';

const types = Object.keys(eventDefinitions) as EventType[];

describe('upcast', () => {
  it.each(types)('has a step for each raise of the version of %s', (type) => {
    expect(upcasters[type] ?? []).toHaveLength(definitionOf(type).version - 1);
  });

  it('turns a content type of null, as version 1 of a message had it, into text', () => {
    const data = { id: 1, conversation_id: 2, message_type: 'outgoing', content_type: null };
    expect(upcast('message.created', 1, data)).toEqual({ ok: true, data: { ...data, content_type: 'text' } });
  });

  it('keeps a content type that version 1 did say', () => {
    const data = { id: 1, content_type: 'cards' };
    expect(upcast('message.created', 1, data)).toEqual({ ok: true, data });
  });

  it('gives users and inboxes of version 1 what came with version 2: nothing', () => {
    const user = { id: 1, name: 'Ada' };
    expect(upcast('user.created', 1, user)).toEqual({ ok: true, data: { ...user, access_token_hash: null } });
    expect(upcast('user.updated', 1, user)).toEqual({ ok: true, data: user });
    expect(upcast('inbox.created', 1, { id: 1 })).toEqual({
      ok: true,
      data: {
        id: 1,
        identifier: null,
        hmac_token: null,
        hmac_mandatory: false,
        lock_to_single_conversation: false,
      },
    });
  });

  it('gives today’s shape from every version there was', () => {
    const data = { id: 1, conversation_id: 2, message_type: 'outgoing', content_type: null };
    const result = upcast('message.created', 1, data);
    expect(definitionOf('message.created').data.safeParse(result.ok && result.data).success).toBe(true);
  });

  it('leaves today’s shape untouched', () => {
    const data = { id: 1, content_type: null };
    expect(upcast('message.created', 2, data)).toEqual({ ok: true, data });
    expect(upcast('team.created', 1, data)).toEqual({ ok: true, data });
  });

  it('refuses a shape from the future', () => {
    const refused = { ok: false, reason: 'from_the_future', version: 3, current: 2 };
    expect(upcast('message.created', 3, {})).toEqual(refused);
  });

  it('does not change what it is given', () => {
    const data = Object.freeze({ content_type: null });
    upcast('message.created', 1, data);
    expect(data).toEqual({ content_type: null });
  });
});
