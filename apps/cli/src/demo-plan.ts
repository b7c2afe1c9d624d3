/**
 * The article's story as it is played: for which account, with which tokens, and what each listener must hear (pure).
 *
 * What is expected is written out by hand, not computed: it is the promise that the demo checks.
 */
import type { StoryEvent } from './demo-account.ts';

export type Listener = 'agent' | 'white-shadow' | 'jane';

export type Expectation = {
  /** Durable frames, in order: the event and the id it is about. */
  readonly durable: readonly string[];
  /** Events that come and go and are never stored; each at least once. */
  readonly ephemeral: readonly string[];
};

export const expectations: Readonly<Record<Listener, Expectation>> = {
  agent: {
    durable: [
      'contact.created 10',
      'conversation.created 7',
      'assignee.changed 7',
      'message.created 106',
      'message.created 107',
      'conversation.status_changed 7',
      'message.created 109',
      'message.created 108',
      'contact.created 12',
      'conversation.created 8',
      'message.created 110',
      'message.created 111',
      'message.updated 111',
      'contact.updated 12',
      'team.changed 8',
      'contact.created 13',
      'conversation.created 9',
      'message.created 114',
      'message.created 115',
      'message.updated 115',
      'conversation.contact_changed 9',
      'message.created 117',
      'conversation.read 9',
    ],
    ephemeral: ['conversation.typing_on', 'conversation.typing_off', 'presence.update'],
  },
  // Conversation 7, without the private note (108) and the activity (109).
  'white-shadow': {
    durable: ['message.created 106', 'message.created 107', 'conversation.status_changed 7'],
    ephemeral: ['conversation.typing_on', 'conversation.typing_off', 'presence.update'],
  },
  // Conversation 9.
  jane: {
    durable: ['message.created 114', 'message.created 115', 'message.updated 115', 'message.created 117'],
    ephemeral: ['presence.update'],
  },
};

export const isEphemeral = (event: string): boolean =>
  event === 'presence.update' || event.startsWith('conversation.typing_');

/** Whether a frame is about something of the story, and not about what else the account holds. */
export const isOfStory = (event: string, id: unknown, story: readonly StoryEvent[]): boolean => {
  const [kind] = event.split('.');
  const entity = kind === 'contact' || kind === 'message' ? kind : 'conversation';
  return story.some(({ type, data }) => type === `${entity}.created` && data['id'] === id);
};

/** How a listener's token is known: the story's event that makes it. */
export const tokenEvents: Readonly<Record<Listener, string>> = {
  agent: 'onehash-user-1',
  'white-shadow': 'onehash-contact-inbox-8',
  jane: 'onehash-contact-inbox-11',
};

/** After which event a listener can subscribe. */
export const subscribeAfter: Readonly<Record<Listener, string>> = {
  agent: 'onehash-team-1',
  'white-shadow': 'onehash-contact-inbox-8',
  jane: 'onehash-contact-inbox-11',
};

/** The story for an account other than 1: with customer tokens of its own, because a token belongs to one session. */
export const storyFor = (account: number, story: readonly StoryEvent[]): readonly StoryEvent[] =>
  account === 1
    ? story
    : story.map((event) => {
        const { pubsub_token: token } = event.data;
        return typeof token === 'string'
          ? { ...event, data: { ...event.data, pubsub_token: `${token}-account-${account}` } }
          : event;
      });

/** What is wrong with what a listener heard; nothing when it is exactly what was expected. */
export const differences = (
  { durable, ephemeral }: Expectation,
  heard: { readonly durable: readonly string[]; readonly ephemeral: ReadonlySet<string> },
): readonly string[] => {
  const wrong: string[] = [];
  const missing = durable.filter((one) => !heard.durable.includes(one));
  const unexpected = heard.durable.filter((one) => !durable.includes(one));
  for (const one of missing) wrong.push(`did not hear ${one}`);
  for (const one of unexpected) wrong.push(`heard ${one}, which is not meant for them`);
  if (wrong.length === 0 && heard.durable.join() !== durable.join())
    wrong.push(`heard in another order: ${heard.durable.join(', ')}`);
  for (const one of ephemeral) if (!heard.ephemeral.has(one)) wrong.push(`did not hear ${one}`);
  for (const one of heard.ephemeral)
    if (!ephemeral.includes(one)) wrong.push(`heard ${one}, which is not meant for them`);
  return wrong;
};
