import { describe, expect, it } from 'vitest';
import { given } from './story.fixture.ts';
import { fromJohn, isoAt, jane, messageWebhook } from './webhooks.fixture.ts';

describe('a webhook about a message', () => {
  it('takes its state and files from its conversation, where the last message is whole', () => {
    const image = { id: 8, file_type: 'image', data_url: 'https://chat.example.com/a.png', thumb_url: '' };
    const last = { id: 40, status: 'delivered', attachments: [image], updated_at: isoAt(42) };
    const { when, views } = given();
    when(messageWebhook('message_created', 40, { ...fromJohn, content: null, within: { messages: [last] } }));
    expect(views.get('messages', 1 as never, 40 as never)).toMatchObject({
      status: 'delivered',
      attachments: [image],
      content: null,
    });
    expect(
      when(
        messageWebhook('message_updated', 40, {
          content: null,
          attachments: [{ ...image, data_url: 'https://other/a.png' }],
        }),
      ).events,
    ).toEqual([]);
  });

  it('takes the text and the files of a deleted one away', () => {
    const image = { id: 8, file_type: 'image', data_url: 'https://chat.example.com/a.png' };
    const { when } = given(messageWebhook('message_created', 40, { attachments: [image] }));
    const gone = { content: 'This message was deleted', content_attributes: { deleted: true } };
    expect(when(messageWebhook('message_updated', 40, gone)).said).toMatchObject([
      {
        type: 'message.updated',
        content: 'This message was deleted',
        attachments: [],
        expectedVersion: expect.any(Number) as number,
      },
    ]);
  });

  it('knows a bot, a contact of older versions, and a type that is counted', () => {
    const { when, views } = given();
    when(
      messageWebhook('message_created', 40, {
        message_type: 'template',
        sender: { id: 2, name: 'Robo', type: 'agent_bot' },
      }),
    );
    when(messageWebhook('message_created', 41, { message_type: 0, sender: null, contact: jane }));
    const senderOf = (id: number) => views.get('messages', 1 as never, id as never)?.sender;
    expect(senderOf(40)).toEqual({ type: 'AgentBot', id: 2, name: 'Robo', avatar_url: '' });
    expect(senderOf(41)).toEqual({ type: 'Contact', id: 12 });
    expect(views.parked()).toEqual([]);
  });
});
