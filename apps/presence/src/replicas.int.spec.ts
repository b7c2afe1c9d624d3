import { describe, expect, it, vi } from 'vitest';
import { digest, heartbeat, john, subscribed, user } from './beats.fixture.ts';
import { limit, useHub } from './hub.fixture.ts';

const { start, addAgent, statuses, send, keepDigesting, hear, server, restartServer } = useHub();

describe('presence without NATS', () => {
  it('goes on when NATS is back, and marks nobody offline', async () => {
    await addAgent(1);
    const { measured } = await start({ windowMs: 1_000, graceMs: 100 });
    keepDigesting(digest([john]));
    await vi.waitFor(async () => expect(await statuses()).toEqual([[1, 'online']]), limit);
    const agents = await hear('agents');
    await server().stop();
    await vi.waitFor(async () => expect(await measured('lease_held')).toBe(0), limit);
    await restartServer();
    await vi.waitFor(() => expect(agents).not.toHaveLength(0), { timeout: 15_000 });
    send(heartbeat());
    await vi.waitFor(() => expect(agents.some(({ only }) => only !== null)).toBe(true), limit);
    for (const { frame } of agents) expect(frame.data.users).toEqual({ '1': 'online' });
    expect(await statuses()).toEqual([[1, 'online']]);
  }, 60_000);
});

describe('two replicas of presence', () => {
  it('tell and record everything once, and one goes on when the other stops', async () => {
    await addAgent(1);
    await addAgent(2);
    const [first, second] = [await start(), await start()];
    const agents = await hear('agents');
    send(subscribed());
    await vi.waitFor(async () => expect(await second.measured('users')).toBe(1), limit);
    await vi.waitFor(async () => expect(await statuses()).toEqual([[1, 'online']]), limit);
    expect([await first.measured('lease_held'), await second.measured('lease_held')]).toEqual([1, 0]);
    expect(agents).toHaveLength(1);
    expect(await second.measured('frames_total')).toBe(0);

    keepDigesting(digest([john]));
    await first.stop();
    await vi.waitFor(async () => expect(await second.measured('lease_held')).toBe(1), limit);
    await vi.waitFor(() => expect(agents).toHaveLength(2), limit);
    send(subscribed({ member: user(2), gateway: 'b' }));
    await vi.waitFor(() => expect(agents.at(-1)?.frame.data.users).toEqual({ '1': 'online', '2': 'online' }), limit);
    await vi.waitFor(
      async () =>
        expect(await statuses()).toEqual([
          [1, 'online'],
          [2, 'online'],
        ]),
      limit,
    );
  });
});
