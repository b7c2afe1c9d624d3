import { positionOf } from '@cablehub/events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitingFrom } from './waiting.ts';

const at = positionOf;

describe('waiting for a position', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends at once when it is reached already', async () => {
    expect(await waitingFrom(at(5)).until(at(5), 0)).toBe(true);
  });

  it('ends when it is reached, and not before', async () => {
    const waiting = waitingFrom(at(0));
    const told: string[] = [];
    const waits = [3, 5].map(async (position) => told.push(`${position} ${await waiting.until(at(position), 1_000)}`));
    waiting.reach(at(2));
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual([]);
    waiting.reach(at(4));
    await waits[0];
    expect(told).toEqual(['3 true']);
    waiting.reach(at(9));
    await waits[1];
    expect(told).toEqual(['3 true', '5 true']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at its limit', async () => {
    const waiting = waitingFrom(at(0));
    const wait = waiting.until(at(1), 5_000);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await wait).toBe(false);
    waiting.reach(at(1));
    expect(await waiting.until(at(1), 0)).toBe(true);
  });

  it('ends when nothing is to come, and does not begin then', async () => {
    const waiting = waitingFrom(at(3));
    const wait = waiting.until(at(4), 5_000);
    waiting.end();
    expect(await wait).toBe(false);
    expect(await Promise.all([waiting.until(at(4), 5_000), waiting.until(at(3), 5_000)])).toEqual([false, true]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
