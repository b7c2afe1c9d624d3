import type { ReplaySignal } from '@cablehub/log';
import { describe, expect, it } from 'vitest';
import { bench, TOKEN } from '../api.fixture.ts';
import { replaysHeard } from './replays.ts';

const signal = (over: Partial<ReplaySignal> = {}): ReplaySignal => ({
  id: '0b9b3a5e-3f0c-4d55-9d54-0f4c9c1e1a01',
  by: 'replay',
  partitions: '0-63',
  state: 'running',
  from: 10,
  position: 60,
  upTo: 110,
  elapsedMs: 500,
  ...over,
});

describe('the replays that were heard of', () => {
  const stage = () => {
    let now = 1_000;
    const replays = replaysHeard(() => now);
    return { ...replays, pass: (ms: number): void => void (now += ms) };
  };

  it('tell how far each is, and how fast', () => {
    const { hear, list } = stage();
    hear(signal({ position: 20 }));
    hear(signal());
    expect(list()).toEqual([
      {
        id: signal().id,
        by: 'replay',
        partitions: '0-63',
        state: 'running',
        from: 10,
        position: 60,
        up_to: 110,
        per_second: 100,
        heard_at: 1_000,
      },
    ]);
  });

  it('tell the newest first, and twenty at most', () => {
    const { hear, list } = stage();
    for (let index = 0; index < 25; index += 1) hear(signal({ id: String(index) }));
    expect([list().length, list()[0]?.id, list().at(-1)?.id]).toEqual([20, '24', '5']);
  });

  it('tell one that is under way and not heard of any more from one that has ended', () => {
    const { hear, list, pass } = stage();
    hear(signal({ id: 'gone' }));
    hear(signal({ id: 'done', state: 'finished' }));
    pass(5_001);
    hear(signal({ id: 'here' }));
    expect(list().map(({ id, state }) => [id, state])).toEqual([
      ['here', 'running'],
      ['done', 'finished'],
      ['gone', 'silent'],
    ]);
    pass(600_000);
    expect(list().map(({ id }) => id)).toEqual(['here']);
  });
});

describe('GET /v1/health/replays', () => {
  it('is for whoever may look back', async () => {
    const replays = replaysHeard();
    const { app } = await bench({ replays });
    replays.hear(signal());
    const asked = (token: string) =>
      app.inject({ url: '/v1/health/replays', headers: { authorization: `Bearer ${token}` } });
    expect((await asked(TOKEN)).json()).toMatchObject([{ position: 60, up_to: 110, state: 'running' }]);
    expect((await asked('nobody')).statusCode).toBe(401);
  });
});
