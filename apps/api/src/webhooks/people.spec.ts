import { describe, expect, it } from 'vitest';
import { given } from './story.fixture.ts';
import { changedAt, contactWebhook, conversationWebhook, isoAt } from './webhooks.fixture.ts';

const begun = conversationWebhook('conversation_created');

describe('a webhook about a contact', () => {
  it('changes what is told and different, unless that is older', () => {
    const { when } = given(contactWebhook('contact_created', changedAt(10)));
    expect(
      when(contactWebhook('contact_updated', { name: 'Jane Doe', blocked: undefined, ...changedAt(20) })).said,
    ).toMatchObject([{ type: 'contact.updated', id: 12, name: 'Jane Doe', time: isoAt(20) }]);
    expect(when(contactWebhook('contact_updated', { name: 'Jane', ...changedAt(15) })).events).toEqual([]);
  });

  it('makes one without a name, which older versions tell little of', () => {
    const { when, views } = given();
    when({ event: 'contact_created', id: 13, name: '', avatar: '', type: 'contact', account: { id: 1, name: 'Acme' } });
    expect(views.get('contacts', 1 as never, 13 as never)).toMatchObject({
      name: 'Contact 13',
      email: null,
      thumbnail: '',
    });
    expect(views.parked()).toEqual([]);
  });

  it('does not empty what it does not speak of', () => {
    const { when } = given(begun);
    const told = when({ event: 'contact_updated', id: 12, name: 'Jane Doe', avatar: '', type: 'contact' });
    expect(told.said).toEqual([expect.objectContaining({ type: 'contact.updated', name: 'Jane Doe' })]);
    expect(Object.keys(told.said[0] ?? {})).not.toContain('email');
  });
});
