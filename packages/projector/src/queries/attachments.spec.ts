import { newEvent, recorded } from '@cablehub/events/testing';
import { describe, expect, it } from 'vitest';
import { project } from '../projection.ts';
import { queryableViews } from '../sqlite-views.ts';

const conversationIn = (accountId: number) => [
  newEvent('inbox.created', { id: 1, name: 'Api', channel: 'Channel::Api' }, { accountId }),
  newEvent('contact.created', { id: 10, name: 'ada' }, { accountId }),
  newEvent(
    'contact_inbox.created',
    { id: 10, contact_id: 10, inbox_id: 1, source_id: 'ada', pubsub_token: `token-of-account-${accountId}` },
    { accountId },
  ),
  newEvent('conversation.created', { id: 7, inbox_id: 1, contact_inbox_id: 10 }, { accountId }),
];
const message = (id: number, accountId: number, rest = {}) =>
  newEvent('message.created', { id, conversation_id: 7, message_type: 'incoming', ...rest }, { accountId });

describe('the attachments of all messages', () => {
  it('are gone through bit by bit, by account and id', () => {
    const views = queryableViews(':memory:');
    const file = { id: 1, file_type: 'image', data_url: 'https://hub.example.com/a.png' };
    const written = [message(8, 1, { attachments: [file] }), message(5, 1), message(2, 2)];
    [...conversationIn(1), ...conversationIn(2), ...written].forEach((event, index) =>
      expect(project(views, recorded(event, index + 1), { contactTokens: 'visible' }).outcome.kind).toBe('taken'),
    );
    const first = views.attachmentsBehind({ accountId: 0, id: 0 }, 2);
    expect(first).toMatchObject([
      { accountId: 1, id: 5, attachments: [] },
      { accountId: 1, id: 8, attachments: [file] },
    ]);
    expect(views.attachmentsBehind(first[1]!, 2)).toMatchObject([{ accountId: 2, id: 2 }]);
    expect(views.attachmentsBehind({ accountId: 2, id: 2 }, 2)).toEqual([]);
    views.close();
  });
});
