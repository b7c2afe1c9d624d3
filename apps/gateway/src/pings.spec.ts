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
