import type { AccountId, ContactInboxId, ConversationId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { heldRoles, natsSignals, type HeardDelivery } from '@cablehub/log';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { framesIn, limit, projectorFixture, storyIn, type ProjectorFixture } from './projector.fixture.ts';

const [low, high] = [
  { first: 0, last: 31 },
  { first: 32, last: 63 },
] as const;
const [LOW, HIGH] = [{ PARTITIONS: '0-31' }, { PARTITIONS: '32-63' }] as const;
/** One of each half. */
const [one, other] = [1 as AccountId, 33 as AccountId];
const half = 20;

describe('projectors that share the partitions', () => {
  let here: ProjectorFixture;
  let heard: ReadonlyMap<AccountId, HeardDelivery[]>;
  let told: readonly string[];

  beforeAll(async () => {
    here = await projectorFixture();
    await here.begin();
    const frames = await here.hear(one);
    await here.start('alone');
    await here.append(storyIn(one));
    await here.until('alone', storyIn(one).length);
    await vi.waitFor(() => expect(framesIn(frames).at(-1)).toBe('conversation.read'), limit);
    told = framesIn(frames);
  });
  afterAll(() => here.close());
  beforeEach(async () => {
    await here.begin();
    heard = new Map([
      [one, await here.hear(one)],
      [other, await here.hear(other)],
    ]);
  });

  const both = [one, other] as const;
  const append = async (from: number, to?: number): Promise<void> => {
    const events = both.map((account) => storyIn(account).slice(from, to));
    for (const [index, event] of events[0]!.entries()) await here.append([event, events[1]![index]!]);
  };
  const durable = (account: AccountId): readonly string[] =>
    framesIn(heard.get(account)!.filter(({ stored }) => stored !== null));
  /** Waits for one event more, which is told last, so that nothing that is told twice can still come. */
  const isToldOnce = async (account: AccountId): Promise<void> => {
    const last = newEvent('contact.created', { id: 99, name: 'last' }, { accountId: account });
    await here.append([last]);
    await vi.waitFor(() => expect(durable(account).length).toBeGreaterThan(told.length), limit);
    await vi.waitFor(() => expect(durable(account)).toEqual([...told, 'contact.created']), limit);
  };

  it('tell every account everything once and in order, and keep views of their own', async () => {
    await Promise.all([here.start('a', LOW), here.start('a', HIGH)]);
    await append(0);
    await Promise.all(both.map(isToldOnce));
    for (const range of [low, high]) await here.until('a', 2 * storyIn(one).length + 2, range);
  });

  it('go on when another stops, which tells nothing twice when it is back, without its files and long after', async () => {
    const first = await here.start('a', LOW);
    await here.start('b', HIGH);
    await append(0, half);
    await vi.waitFor(() => expect(durable(one).length).toBeGreaterThan(3), limit);
    await here.stop(first);
    await append(half);
    await isToldOnce(other);
    expect(durable(one).length).toBeLessThan(told.length);
    await here.start('with-no-files', LOW);
    await isToldOnce(one);
  });

  it('tell of typing in their own accounts only', async () => {
    await Promise.all([here.start('a', LOW), here.start('a', HIGH)]);
    await append(0);
    await Promise.all(both.map(isToldOnce));
    for (const accountId of both)
      natsSignals(here.link).sendTyping({
        accountId,
        conversationId: 7 as ConversationId,
        status: 'on',
        typist: { kind: 'contact', contactInboxId: 8 as ContactInboxId },
        isPrivate: false,
      });
    for (const account of both)
      await vi.waitFor(() => expect(framesIn(heard.get(account)!).at(-1)).toBe('conversation.typing_on'), limit);
    await here.link.connection.flush();
    for (const account of both)
      expect(framesIn(heard.get(account)!).filter((event) => event === 'conversation.typing_on')).toHaveLength(1);
  });

  it('take over from one that owned all, and it from them: nobody is told twice', async () => {
    const whole = await here.start('a');
    await append(0, 10);
    await here.until('a', 20);
    await here.stop(whole);
    await append(10, half);
    const [first, second] = await Promise.all([here.start('a', LOW), here.start('a', HIGH)]);
    await here.until('a', 2 * half, low);
    await here.until('a', 2 * half, high);
    await Promise.all([here.stop(first), here.stop(second)]);
    await here.start('a');
    await append(half);
    await Promise.all(both.map(isToldOnce));
  });

  it('wait for one whose partitions overlap, and work when it has stopped', async () => {
    const whole = await here.start('a');
    await append(0, half);
    await here.until('a', 2 * half);
    await Promise.all([here.start('a', LOW), here.start('b', HIGH)]);
    await append(half);
    await here.until('a', 2 * storyIn(one).length);
    expect(await heldRoles(here.link)).toEqual(['projector.0-63']);
    await here.stop(whole);
    await Promise.all(both.map(isToldOnce));
    expect((await heldRoles(here.link)).toSorted()).toEqual(['projector.0-31', 'projector.32-63']);
  });

  it('never work at once when ranges that overlap are started at the same moment', async () => {
    const metrics = (await Promise.all([here.start('a', LOW), here.start('b', { PARTITIONS: '16-47' })])).map(
      (app) => app.metrics,
    );
    const leading = async (): Promise<number> => {
      const all = await Promise.all(metrics.map((registry) => registry.metrics()));
      return all.filter((text) => /^cablehub_projector_leader 1$/m.test(text)).length;
    };
    const most: number[] = [];
    await vi.waitFor(async () => {
      most.push(await leading());
      expect(most.at(-1)).toBe(1);
    }, limit);
    expect(Math.max(...most)).toBe(1);
  });
});
