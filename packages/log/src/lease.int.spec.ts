import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { heldRoles, requestLease, type Lease } from './lease.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { ensureStorage, LEASE_TTL_MS } from './storage.ts';

const within = { timeout: LEASE_TTL_MS + 2_000, interval: 20 };

describe('lease', () => {
  let nats: NatsFixture;

  beforeAll(async () => {
    nats = await natsFixture();
    await ensureStorage(await nats.link());
  });
  afterAll(async () => nats.close());

  const ask = async (role: string, holder: string, onChange?: (isHeld: boolean) => void) => {
    const link = await nats.link();
    return { link, lease: await requestLease(link, { role, holder, ...(onChange && { onChange }) }) };
  };
  const held = (leases: readonly Lease[]): readonly boolean[] => leases.map((lease) => lease.isHeld());

  it('is held by one of those who ask', async () => {
    const asked = await Promise.all(['a', 'b', 'c'].map((holder) => ask('one', holder)));
    const leases = asked.map(({ lease }) => lease);
    expect(held(leases).filter(Boolean)).toHaveLength(1);
    await Promise.all(leases.map((lease) => lease.release()));
  });

  it('is of one role', async () => {
    const [presence, projector] = [await ask('presence', 'a'), await ask('projector.0-63', 'a')];
    expect(held([presence.lease, projector.lease])).toEqual([true, true]);
    await Promise.all([presence.lease.release(), projector.lease.release()]);
  });

  it('is known to everybody while it is held', async () => {
    const first = await ask('projector.0-31', 'a');
    const second = await ask('projector.32-63', 'a');
    expect(await heldRoles(second.link)).toEqual(expect.arrayContaining(['projector.0-31', 'projector.32-63']));
    await first.lease.release();
    const held = await heldRoles(second.link);
    expect([held.includes('projector.0-31'), held.includes('projector.32-63')]).toEqual([false, true]);
    await second.lease.release();
  });

  it('stays with its holder for longer than it would last unrenewed, then is handed over on release', async () => {
    const changes: string[] = [];
    const first = await ask('handed', 'a', (isHeld) => changes.push(`a ${isHeld}`));
    const second = await ask('handed', 'b', (isHeld) => changes.push(`b ${isHeld}`));
    const start = performance.now();
    await vi.waitFor(() => {
      expect(held([first.lease, second.lease])).toEqual([true, false]);
      expect(performance.now() - start).toBeGreaterThan(LEASE_TTL_MS + 500);
    }, within);
    await first.lease.release();
    expect(first.lease.isHeld()).toBe(false);
    await vi.waitFor(() => expect(second.lease.isHeld()).toBe(true), within);
    expect(changes).toEqual(['a true', 'a false', 'b true']);
    await second.lease.release();
    await second.lease.release();
  });

  it('is lost by a holder that is cut off, taken by another within its time, and never held by both', async () => {
    const changes: string[] = [];
    const cutOff = await ask('cut', 'a', (isHeld) => changes.push(`a ${isHeld}`));
    const other = await ask('cut', 'b', (isHeld) => changes.push(`b ${isHeld}`));
    expect(held([cutOff.lease, other.lease])).toEqual([true, false]);
    const both: number[] = [];
    const watching = setInterval(() => {
      if (cutOff.lease.isHeld() && other.lease.isHeld()) both.push(performance.now());
    }, 5);
    await cutOff.link.connection.close();
    await vi.waitFor(() => expect(other.lease.isHeld()).toBe(true), within);
    clearInterval(watching);
    expect(cutOff.lease.isHeld()).toBe(false);
    expect(both).toEqual([]);
    expect(changes).toEqual(['a true', 'a false', 'b true']);
    await Promise.all([cutOff.lease.release(), other.lease.release()]);
  });
});
