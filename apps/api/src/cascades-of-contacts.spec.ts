import { describe, expect, it } from 'vitest';
import { toldOf, type Cascade } from './cascades.fixture.ts';

describe('a call about a contact', () => {
  it.each<[string, Cascade]>([
    [
      'a customer comes',
      { when: ({ asCustomer }) => asCustomer('POST', '/contacts', { name: 'eve' }), then: ['contact.created all'] },
    ],
    [
      'a customer comes again',
      {
        when: ({ asCustomer, session }) => asCustomer('POST', '/contacts', { source_id: session.source_id }),
        then: [],
      },
    ],
    [
      'a customer says more of themselves',
      {
        when: ({ asCustomer, session }) => asCustomer('PATCH', `/contacts/${session.source_id}`, { name: 'Ada' }),
        then: ['contact.updated all'],
      },
    ],
    [
      'a customer turns out to be another',
      {
        given: ({ asCustomer }) => asCustomer('POST', '/contacts', { email: 'ada@acme.inc' }),
        when: ({ asCustomer, session }) =>
          asCustomer('PATCH', `/contacts/${session.source_id}`, { email: 'ada@acme.inc' }),
        then: ['conversation.contact_changed U', 'contact.updated all'],
      },
    ],
    [
      'an agent makes a contact',
      { when: ({ asAgent }) => asAgent('POST', '/contacts', { name: 'eve' }), then: ['contact.created all'] },
    ],
    [
      'an agent changes a contact, even into what it was',
      { when: ({ asAgent }) => asAgent('PUT', '/contacts/1', { name: 'ada' }), then: ['contact.updated all'] },
    ],
    [
      'an agent makes one contact of two',
      {
        given: ({ asAgent }) => asAgent('POST', '/contacts', { name: 'Ada' }),
        when: ({ asAgent }) => asAgent('POST', '/actions/contact_merge', { base_contact_id: 2, mergee_contact_id: 1 }),
        then: ['conversation.contact_changed U', 'contact.updated all'],
      },
    ],
  ])('when %s is told as documented', async (_what, cascade) => expect(await toldOf(cascade)).toEqual(cascade.then));
});
