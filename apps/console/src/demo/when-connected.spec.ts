import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whenConnected } from './when-connected.ts';

describe('what a socket may not have told', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is read at once at the first connection, and a while after each later one', () => {
    const read = vi.fn(async () => undefined);
    const connected = whenConnected(read);
    connected();
    expect(read).toHaveBeenCalledTimes(1);
    connected();
    connected();
    expect(read).toHaveBeenCalledTimes(1);
    vi.runAllTimers();
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is not read any more when nobody looks', () => {
    const read = vi.fn(async () => undefined);
    const connected = whenConnected(read);
    connected();
    connected();
    connected.stop();
    vi.runAllTimers();
    expect(read).toHaveBeenCalledTimes(1);
  });
});
