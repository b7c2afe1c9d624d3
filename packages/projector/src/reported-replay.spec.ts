import { positionOf } from '@cablehub/events';
import type { ReplaySignal } from '@cablehub/log';
import { memoryLog } from '@cablehub/log/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryViews } from './memory-views.ts';
import { reportedReplay, type ReportingOptions } from './reported-replay.ts';
import { story } from './story.fixture.ts';

const options = { by: 'replay', contactTokens: 'visible', maxBatch: 10 } as const;

describe('a replay that is reported', () => {
  let said: ReplaySignal[];
  beforeEach(() => void (said = []));
  afterEach(() => void vi.useRealTimers());
  const signals = { sendReplay: (signal: ReplaySignal) => void said.push(signal) };

  const replayed = async (more: Partial<ReportingOptions> = {}) => {
    const log = memoryLog();
    await log.append(story().map((event) => ({ event })));
    const wanted = { ...options, upTo: await log.lastPosition(), ...more };
    return reportedReplay({ log, views: memoryViews(), signals }, wanted);
  };

  it('says where it begins and where it ends, and of which partitions', async () => {
    const { position } = await replayed({ partitions: { first: 0, last: 31 } });
    const about = { by: 'replay', partitions: '0-31', from: 0, upTo: position };
    expect(said).toMatchObject([
      { ...about, state: 'running', position: 0 },
      { ...about, state: 'finished', position },
    ]);
    expect(new Set(said.map(({ id }) => id)).size).toBe(1);
  });

  it('says again where it is while it is under way', async () => {
    vi.useFakeTimers();
    const onProgress = (): void => void vi.advanceTimersByTime(1_000);
    await replayed({ onProgress, upTo: positionOf(20) });
    const running = said.filter(({ state }) => state === 'running').map(({ position }) => position);
    expect(running).toEqual([0, 10, 10, 20, 20, 20, 20]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says that it was stopped, and that it failed', async () => {
    const stop = new AbortController();
    await replayed({ signal: stop.signal, onProgress: () => stop.abort() });
    expect(said.at(-1)).toMatchObject({ state: 'stopped', position: 10 });
    const fails = (): never => {
      throw new Error('the disk is full');
    };
    await expect(replayed({ onProgress: fails })).rejects.toThrow('the disk is full');
    expect(said.at(-1)).toMatchObject({ state: 'stopped' });
  });

  it('goes on when nobody can be told', async () => {
    const sendReplay = (): never => {
      throw new Error('the connection is closed');
    };
    const log = memoryLog();
    await log.append(story().map((event) => ({ event })));
    const upTo = await log.lastPosition();
    const ports = { log, views: memoryViews(), signals: { sendReplay } };
    expect(await reportedReplay(ports, { ...options, upTo })).toMatchObject({ isFinished: true, position: upTo });
  });
});
