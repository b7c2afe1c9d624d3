import { describe, expect, it } from 'vitest';
import { readStory } from './demo-account.ts';
import { differences, expectations, isOfStory, storyFor, subscribeAfter, tokenEvents } from './demo-plan.ts';

const expected = { durable: ['a 1', 'b 2'], ephemeral: ['presence.update'] };
const heard = (durable: readonly string[], ephemeral: readonly string[] = ['presence.update']) => ({
  durable,
  ephemeral: new Set(ephemeral),
});

describe('the demo', () => {
  it('is content with exactly what was expected', () => {
    expect(differences(expected, heard(['a 1', 'b 2']))).toEqual([]);
  });

  it.each([
    ['a frame is missing', heard(['a 1'])],
    ['a frame came that is not meant for the listener', heard(['a 1', 'b 2', 'c 3'])],
    ['a frame came twice', heard(['a 1', 'b 2', 'b 2'])],
    ['frames came in another order', heard(['b 2', 'a 1'])],
    ['presence is missing', heard(['a 1', 'b 2'], [])],
    [
      'typing came that is not meant for the listener',
      heard(['a 1', 'b 2'], ['presence.update', 'conversation.typing_on']),
    ],
  ])('is not content when %s', (_what, what) => {
    expect(differences(expected, what)).not.toEqual([]);
  });

  it('expects all 13 events of the article', () => {
    const all = Object.values(expectations).flatMap(({ durable, ephemeral }) => [...durable, ...ephemeral]);
    expect(new Set(all.map((one) => one.split(' ')[0])).size).toBe(13);
  });

  it('looks only at what the story is about', () => {
    const story = readStory('onehash.ndjson');
    expect(isOfStory('contact.created', 10, story)).toBe(true);
    expect(isOfStory('conversation.read', 9, story)).toBe(true);
    expect(isOfStory('contact.created', 1, story)).toBe(false);
    expect(isOfStory('message.created', 10, story)).toBe(false);
  });

  it('plays a story whose events it knows, with tokens of its own for each account', () => {
    const story = readStory('onehash.ndjson');
    const ids = story.map(({ id }) => id as string);
    for (const id of [...Object.values(tokenEvents), ...Object.values(subscribeAfter)]) expect(ids).toContain(id);
    expect(storyFor(1, story)).toEqual(story);
    const tokensOf = (account: number) => storyFor(account, story).flatMap(({ data }) => data['pubsub_token'] ?? []);
    expect(new Set([...tokensOf(1), ...tokensOf(2), ...tokensOf(3)]).size).toBe(3 * tokensOf(1).length);
  });
});
