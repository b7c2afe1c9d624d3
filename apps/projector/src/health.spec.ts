import { describe, expect, it } from 'vitest';
import { projectorHealth } from './health.ts';

const open = () => {
  const surroundings = { up: true, held: true, newest: 0 as number | null };
  const health = projectorHealth({
    isUp: () => surroundings.up,
    isHeld: () => surroundings.held,
    newest: () => surroundings.newest,
  });
  const told = (): readonly unknown[] => {
    const { state, isReady, isLive } = health.now();
    return [state, isReady, isLive];
  };
  return { health, surroundings, told };
};

describe('health of the projector', () => {
  it('is rebuilding, and not ready, until views are open', () => {
    const { health, told } = open();
    expect(told()).toEqual(['rebuilding', false, true]);
    health.works(0);
    expect(told()).toEqual(['working', true, true]);
  });

  it('is standing by, and ready, without the lease', () => {
    const { surroundings, told } = open();
    surroundings.held = false;
    expect(told()).toEqual(['standing by', true, true]);
  });

  it('is catching up until it was near the end of the log once', () => {
    const { health, surroundings, told } = open();
    surroundings.newest = 50_000;
    health.works(10_000);
    expect(told()).toEqual(['catching up', false, true]);
    expect(health.now().details).toEqual({ nats: true, position: 10_000, lag: 40_000 });
    health.took(49_500);
    expect(told()).toEqual(['working', true, true]);
    surroundings.newest = 90_000;
    expect(told()).toEqual(['working', true, true]);
    health.prepares();
    health.works(49_500);
    expect(told()).toEqual(['catching up', false, true]);
  });

  it('is catching up as long as the end of the log is not known', () => {
    const { health, surroundings, told } = open();
    surroundings.newest = null;
    health.works(7);
    expect(told()).toEqual(['catching up', false, true]);
    expect(health.now().details).toEqual({ nats: true, position: 7 });
  });

  it('is not ready without NATS, and lives', () => {
    const { health, surroundings, told } = open();
    health.works(0);
    surroundings.up = false;
    expect(told()).toEqual(['working', false, true]);
  });

  it('is not ready while runs fail, and lives until the work ends for good', () => {
    const { health, told } = open();
    health.works(0);
    health.fails();
    expect(told()).toEqual(['failing', false, true]);
    health.ends();
    expect(told()).toEqual(['ended', false, false]);
  });
});
