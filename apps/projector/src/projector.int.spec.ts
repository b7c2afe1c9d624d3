import type { ContactInboxId, ConversationId } from '@cablehub/events';
import { contactTokenKey, jetStreamTokens, natsSignals } from '@cablehub/log';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { account, framesIn, limit, projectorFixture, story, type ProjectorFixture } from './projector.fixture.ts';

/** The first part ends with the frame `contact.updated`, the second with `conversation.read`. */
const half = story.findIndex(({ id }) => id === 'onehash-contact-12-updated') + 1;

describe('the projector app', () => {
  let here: ProjectorFixture;
  beforeAll(async () => void (here = await projectorFixture()));
  afterAll(() => here.close());
  beforeEach(() => here.begin());

  it('turns appended events into deliveries and tokens', async () => {
    const heard = await here.hear();
    await here.start();
    await here.append(story);
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), limit);
    const tokens = await jetStreamTokens(here.link);
    expect(await tokens.get(contactTokenKey('demo-customer-white-shadow-394'))).toMatchObject({ contactInboxId: 8 });
  });

  it('goes on after a stop, and a lost file, without a delivery twice or a delivery missing', async () => {
    const heard = await here.hear();
    await here.stop(await here.start());
    await here.append(story.slice(0, half));
    const first = await here.start();
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('contact.updated'), limit);
    await here.stop(first);
    await here.append(story.slice(half));
    await here.start('another-file');
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), limit);
    const offsets = heard.map(({ stored }) => stored?.offset ?? 0);
    expect(new Set(offsets).size).toBe(offsets.length);
    expect(framesIn(heard).filter((event) => event === 'contact.created')).toHaveLength(3);
  });

  it('goes on after NATS was killed and came back', async () => {
    await here.start();
    await here.append(story.slice(0, half));
    await here.nats.kill();
    await here.nats.restart();
    const heard = await here.hear();
    await here.append(story.slice(half));
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), limit);
  });

  it('works as one of two, and the other takes over when it stops', async () => {
    const heard = await here.hear();
    const first = await here.start('a');
    await here.start('b');
    await here.append(story.slice(0, half));
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('contact.updated'), limit);
    await here.stop(first);
    await here.append(story.slice(half));
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), limit);
    expect(framesIn(heard).filter((event) => event === 'contact.created')).toHaveLength(3);
  });

  it('tells who types, from the views as they are', async () => {
    const heard = await here.hear();
    await here.start();
    await here.append(story);
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), limit);
    natsSignals(here.link).sendTyping({
      accountId: account,
      conversationId: 7 as ConversationId,
      status: 'on',
      typist: { kind: 'contact', contactInboxId: 8 as ContactInboxId },
      isPrivate: false,
    });
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.typing_on'), limit);
    expect(heard.at(-1)?.stored).toBeNull();
  });
});
