/**
 * The last minutes of the hub's own measurements: this process's metrics, and those at the addresses that the settings name.
 * Nothing is kept beyond this process; Prometheus is for more.
 */
import type { Registry } from '@cablehub/process';
import { pointOf, samplesIn, type HealthPoint, type Moment } from './measures.ts';

export type HealthSeries = {
  /** The points after a time, oldest first. */
  readonly after: (at: number) => readonly HealthPoint[];
  readonly stop: () => void;
};

const EVERY_MS = 2_000;
const KEPT = 300;

export const healthSeries = (registry: Registry, urls: readonly string[]): HealthSeries => {
  const points: HealthPoint[] = [];
  let before: Moment | null = null;
  let isMeasuring = false;

  const fetched = async (url: string): Promise<string> => {
    const response = await fetch(url, { signal: AbortSignal.timeout(EVERY_MS) });
    return response.ok ? response.text() : '';
  };
  const measure = async (): Promise<void> => {
    if (isMeasuring) return;
    isMeasuring = true;
    // Who does not answer is not counted.
    const texts = await Promise.all([registry.metrics(), ...urls.map((url) => fetched(url).catch(() => ''))]);
    const now = { at: Date.now(), sources: texts.map(samplesIn) };
    if (before !== null) points.push(pointOf(now, before));
    points.splice(0, points.length - KEPT);
    before = now;
    isMeasuring = false;
  };
  const timer = setInterval(() => void measure(), EVERY_MS);
  timer.unref();
  void measure();
  return { after: (at) => points.filter((point) => point.at > at), stop: () => clearInterval(timer) };
};
