import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { typingSignal } from './typing.ts';

describe('the typing signal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is on once while somebody types and off when they are idle', () => {
    const said: string[] = [];
    const { typed } = typingSignal((status) => said.push(status), 4_000);
    typed();
    vi.advanceTimersByTime(3_000);
    typed();
    vi.advanceTimersByTime(3_999);
    expect(said).toEqual(['on']);
    vi.advanceTimersByTime(1);
    expect(said).toEqual(['on', 'off']);
  });

  it('is off at once when they send, and only if it was on', () => {
    const said: string[] = [];
    const { typed, stopped } = typingSignal((status) => said.push(status), 4_000);
    stopped();
    typed();
    stopped();
    vi.advanceTimersByTime(10_000);
    expect(said).toEqual(['on', 'off']);
  });
});
