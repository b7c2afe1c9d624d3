import { describe, expect, it } from 'vitest';
import { staged, toldOf, type Cascade, type Stage } from './cascades.fixture.ts';

const toStatus =
  (status: string) =>
  ({ asAgent }: Stage) =>
    asAgent('POST', '/conversations/1/toggle_status', { status });
const customerWrites = ({ asCustomer, path }: Stage) => asCustomer('POST', `${path}/messages`, { content: 'hi' });
const agentWrites = ({ asAgent }: Stage) => asAgent('POST', '/conversations/1/messages', { content: 'hello' });
const activity = 'message.created U';

describe('a call about a conversation', () => {
  it.each<[string, Cascade]>([
    ['a customer writes', { when: customerWrites, then: ['message.created UC'] }],
    ...['resolved', 'snoozed'].map((status): [string, Cascade] => [
      `a customer writes where it was ${status}`,
      {
        given: toStatus(status),
        when: customerWrites,
        then: ['conversation.status_changed UC', 'message.created UC', activity],
      },
    ]),
    [
      'a blocked customer writes where it was resolved',
      {
        given: async (stage) => {
          await toStatus('resolved')(stage);
          return stage.asAgent('PATCH', '/contacts/1', { blocked: true });
        },
        when: customerWrites,
        then: ['message.created UC'],
      },
    ],
    ['an agent writes', { when: agentWrites, then: ['message.created UC'] }],
    [
      'an agent writes a private note',
      {
        when: ({ asAgent }) => asAgent('POST', '/conversations/1/messages', { content: 'psst', private: true }),
        then: ['message.created U'],
      },
    ],
    [
      'an administrator opens',
      { given: toStatus('pending'), when: toStatus('open'), then: ['conversation.status_changed UC', activity] },
    ],
    [
      'an agent opens, and takes it',
      {
        given: toStatus('pending'),
        when: ({ asMember }) => asMember('POST', '/conversations/1/toggle_status', { status: 'open' }),
        then: ['conversation.status_changed UC', activity, 'assignee.changed U', activity],
      },
    ],
    [
      'an agent opens what is open and theirs',
      {
        given: ({ asAgent, member }) => asAgent('POST', '/conversations/1/assignments', { assignee_id: member }),
        when: ({ asMember }) => asMember('POST', '/conversations/1/toggle_status', { status: 'open' }),
        then: [],
      },
    ],
    [
      'a customer ends it',
      {
        when: ({ asCustomer, path }) => asCustomer('POST', `${path}/toggle_status`),
        then: ['conversation.status_changed UC', activity],
      },
    ],
    [
      'a customer ends what has ended',
      {
        given: toStatus('resolved'),
        when: ({ asCustomer, path }) => asCustomer('POST', `${path}/toggle_status`),
        then: [],
      },
    ],
    [
      'an agent is given it',
      {
        when: ({ asAgent, member }) => asAgent('POST', '/conversations/1/assignments', { assignee_id: member }),
        then: ['assignee.changed U', activity],
      },
    ],
    [
      'it is taken from everybody',
      {
        given: ({ asAgent, member }) => asAgent('POST', '/conversations/1/assignments', { assignee_id: member }),
        when: ({ asAgent }) => asAgent('POST', '/conversations/1/assignments', { assignee_id: null }),
        then: ['assignee.changed U', activity],
      },
    ],
    [
      'a team is given it',
      {
        when: ({ asAgent, team }) => asAgent('POST', '/conversations/1/assignments', { team_id: team }),
        then: ['team.changed U', activity],
      },
    ],
    ['nobody is named', { when: ({ asAgent }) => asAgent('POST', '/conversations/1/assignments', {}), then: [] }],
    [
      'a customer has read',
      {
        given: async (stage) => {
          await customerWrites(stage);
          await stage.asAgent('POST', '/conversations/1/messages', { content: 'psst', private: true });
          await agentWrites(stage);
          await agentWrites(stage);
        },
        when: ({ asCustomer, path }) => asCustomer('POST', `${path}/update_last_seen`),
        then: ['conversation.read U', 'message.updated UC', 'message.updated UC'],
      },
    ],
    [
      'an agent has read',
      {
        given: customerWrites,
        when: ({ asAgent }) => asAgent('POST', '/conversations/1/update_last_seen'),
        then: [],
      },
    ],
    [
      'a customer begins a conversation',
      {
        when: ({ asCustomer, session }) => asCustomer('POST', `/contacts/${session.source_id}/conversations`, {}),
        then: ['conversation.created U'],
      },
    ],
    [
      'an agent begins one, gives it to somebody and a team, and writes',
      {
        when: ({ asAgent, member, team, set }) =>
          asAgent('POST', '/conversations', {
            inbox_id: set.inbox.id,
            contact_id: 1,
            assignee_id: member,
            team_id: team,
            message: { content: 'hello' },
          }),
        then: ['conversation.created U', 'assignee.changed U', 'team.changed U', 'message.created UC'],
      },
    ],
    [
      'an agent takes a message away',
      {
        given: agentWrites,
        when: ({ asAgent }) => asAgent('DELETE', '/conversations/1/messages/1'),
        then: ['message.updated UC'],
      },
    ],
    [
      'a channel says what became of a message',
      {
        given: agentWrites,
        when: ({ asAgent }) => asAgent('PATCH', '/conversations/1/messages/1', { status: 'delivered' }),
        then: ['message.updated UC'],
      },
    ],
    [
      'a channel says again that it was read, or only delivered',
      {
        given: async (stage) => {
          await agentWrites(stage);
          return stage.asAgent('PATCH', '/conversations/1/messages/1', { status: 'read' });
        },
        when: ({ asAgent }) => asAgent('PATCH', '/conversations/1/messages/1', { status: 'delivered' }),
        then: [],
      },
    ],
    [
      'a customer fills in a form',
      {
        given: ({ asAgent }) =>
          asAgent('POST', '/conversations/1/messages', { content: 'who?', content_type: 'input_email' }),
        when: ({ asCustomer, path }) =>
          asCustomer('PATCH', `${path}/messages/1`, { submitted_values: [{ name: 'email', value: 'ada@acme.inc' }] }),
        then: ['message.updated UC'],
      },
    ],
  ])('when %s is told as documented', async (_what, cascade) => expect(await toldOf(cascade)).toEqual(cascade.then));

  it('about typing is told at once, of the right person, and only for on and off', async () => {
    const stage = await staged();
    for (const status of ['on', 'off', 'maybe']) {
      await stage.asCustomer('POST', `${stage.path}/toggle_typing`, { typing_status: status });
      await stage.asMember('POST', '/conversations/1/toggle_typing_status', {
        typing_status: status,
        is_private: true,
      });
    }
    const about = { accountId: 1, conversationId: 1 };
    const customer = { ...about, typist: { kind: 'contact', contactInboxId: 1 }, isPrivate: false };
    const agent = { ...about, typist: { kind: 'user', userId: stage.member }, isPrivate: true };
    expect(stage.typing).toEqual([
      { ...customer, status: 'on' },
      { ...agent, status: 'on' },
      { ...customer, status: 'off' },
      { ...agent, status: 'off' },
    ]);
  });
});
