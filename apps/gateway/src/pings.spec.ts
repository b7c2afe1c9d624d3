import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPings, type Pinged } from './pings.ts';

describe('pings', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('give everybody one turn in three seconds, and not all at one moment', () => {
    const turns: { member: number; at: number }[] = [];
    const pings = startPings<Pinged & { readonly member: number }>({
      turn: ({ member }) => turns.push({ member, at: performance.now() }),
    });
    for (let member = 0; member < 60; member++) pings.add({ member, slot: 0 });
    vi.advanceTimersByTime(3_000);
    expect(new Set(turns.map(({ member }) => member)).size).toBe(60);
    expect(turns).toHaveLength(60);
    const atOnce = Math.max(...turns.map(({ at }) => turns.filter((turn) => turn.at === at).length));
    expect(atOnce).toBe(2);
    vi.advanceTimersByTime(9_000);
    expect(turns.filter(({ member }) => member === 7)).toHaveLength(4);
    pings.stop();
  });

  it('tell each of its members Unix seconds that grow, even when a turn comes late and when the clock is set back', () => {
    vi.setSystemTime(1_700_000_000_000);
    const told: string[] = [];
    const pings = startPings({ turn: (_member, ping) => told.push(ping) });
    pings.add({ slot: 0 });
    vi.advanceTimersByTime(6_000);
    vi.setSystemTime(1_600_000_000_000);
    vi.advanceTimersByTime(3_000);
    const seconds = told.map((ping) => (JSON.parse(ping) as { readonly message: number }).message);
    expect(seconds).toEqual([1_700_000_000, 1_700_000_003, 1_700_000_004]);
    expect(told[0]).toBe('{"type":"ping","message":1700000000}');
    pings.stop();
  });

  it('forget who left', () => {
    const turn = vi.fn();
    const pings = startPings({ turn });
    const somebody = { slot: 0 };
    pings.add(somebody);
    pings.remove(somebody);
    vi.advanceTimersByTime(6_000);
    expect(turn).not.toHaveBeenCalled();
    pings.stop();
  });
});
