import { describe, expect, it } from 'vitest';
import { given, NOW, type Told } from './story.fixture.ts';
import { at, conversationWebhook, isoAt, jane, john, type Body } from './webhooks.fixture.ts';

const typesOf = ({ events }: Told): readonly string[] => events;
const begun = conversationWebhook('conversation_created');
const resolvedAt = (seconds: number): object => ({ status: 'resolved', updated_at: at(seconds) });

describe('a webhook about a conversation', () => {
  it('changes what is different, at its own time and against the version it was decided on', () => {
    const { when } = given(begun);
    const meta = { sender: jane, assignee: john, team: { id: 2, name: 'sales' } };
    const told = when(conversationWebhook('conversation_updated', { ...resolvedAt(9), meta }));
    expect(told.said).toMatchObject([
      { type: 'conversation.status_changed', status: 'resolved', time: isoAt(9), expectedVersion: 4 },
      { type: 'user.created', name: 'John', available_name: 'Johnny' },
      { type: 'team.created', name: 'sales' },
      { type: 'conversation.assignee_changed', assignee_id: 5, time: isoAt(9) },
      { type: 'conversation.team_changed', team_id: 2, time: isoAt(9) },
    ]);
    expect(told.said.filter((one) => 'expectedVersion' in one)).toHaveLength(1);
  });

  it('unassigns when nobody is told, and leaves what is not told', () => {
    const meta = { sender: jane, assignee: john };
    const { when, views } = given(begun, conversationWebhook('conversation_updated', { meta, updated_at: at(2) }));
    expect(views.get('conversations', 1 as never, 7 as never)?.assigneeId).toBe(5);
    expect(
      when(conversationWebhook('conversation_updated', { meta: { sender: jane }, updated_at: at(3) })).events,
    ).toEqual([]);
    const nobody = { sender: jane, assignee: null };
    expect(when(conversationWebhook('conversation_updated', { meta: nobody, updated_at: at(4) })).said).toMatchObject([
      { type: 'conversation.assignee_changed', assignee_id: null },
    ]);
  });

  it('takes a bot for nobody', () => {
    const meta = { sender: jane, assignee: { id: 5, name: 'Robo', type: 'agent_bot' }, assignee_type: 'AgentBot' };
    expect(given(begun).when(conversationWebhook('conversation_updated', { meta, updated_at: at(2) })).events).toEqual(
      [],
    );
  });

  it('keeps until when it is snoozed', () => {
    const { when, views } = given();
    when(conversationWebhook('conversation_created', { status: 'snoozed', snoozed_until: isoAt(600) }));
    expect(views.get('conversations', 1 as never, 7 as never)).toMatchObject({
      status: 'snoozed',
      snoozedUntil: isoAt(600),
    });
  });

  it('tells what the customer and the agent have seen, only ever later', () => {
    const seen = (contact: number, agent: number): Body =>
      conversationWebhook('conversation_updated', { contact_last_seen_at: at(contact), agent_last_seen_at: at(agent) });
    const { when } = given(begun);
    expect(when(seen(30, 31)).said).toMatchObject([
      { type: 'conversation.contact_seen', time: isoAt(30) },
      { type: 'conversation.agent_seen', time: isoAt(31) },
    ]);
    expect(when(seen(30, 12)).events).toEqual([]);
  });

  it('moves it to the contact that another was merged into', () => {
    const { when, views } = given(begun);
    const told = when(
      conversationWebhook('conversation_updated', { meta: { sender: { ...jane, id: 13 } }, updated_at: at(9) }),
    );
    expect(typesOf(told)).toEqual(['contact.created', 'conversation.contact_changed']);
    expect(views.get('contactInboxes', 1 as never, 21 as never)?.contactId).toBe(13);
  });

  it('is taken as of now when it does not say when', () => {
    const told = given(begun).when(
      conversationWebhook('conversation_updated', { status: 'resolved', updated_at: undefined }),
    );
    expect(told.said).toMatchObject([
      { time: NOW, eventId: 'chatwoot:conversation.status_changed:7:mark', status: 'resolved' },
    ]);
  });
});
