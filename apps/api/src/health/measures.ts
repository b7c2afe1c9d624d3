/** What the hub's metrics say of a moment, and what two moments say of the time between (pure). */
import { z } from 'zod';

export const healthPoint = z.object({
  at: z.int().describe('Unix ms'),
  gateways: z.number().nullable(),
  connections: z.number().nullable(),
  frames_per_second: z.number().nullable(),
  projector_lag_events: z.number().nullable(),
  projector_lag_seconds: z.number().nullable(),
  delivery_p50_ms: z.number().nullable().describe('from a delivery’s publication to the sockets'),
  delivery_p99_ms: z.number().nullable(),
  resumes: z.record(z.string(), z.number()).nullable().describe('since the point before, by outcome'),
  presence: z.number().nullable().describe('users and contacts who are there'),
});
export type HealthPoint = z.infer<typeof healthPoint>;

type Sample = { readonly name: string; readonly labels: string; readonly value: number };

/** What was read at a moment: the samples of each source that answered. */
export type Moment = { readonly at: number; readonly sources: readonly (readonly Sample[])[] };

/** The hub's own samples in Prometheus' text format. */
export const samplesIn = (text: string): readonly Sample[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(cablehub_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, labels, value: Number(value) }];
  });

const labelIn = (labels: string, name: string): string =>
  new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';

const named = ({ sources }: Moment, name: string): readonly Sample[] =>
  sources.flatMap((samples) => samples.filter((sample) => sample.name === name));

const total = (moment: Moment, ...names: readonly string[]): number | null => {
  const found = names.flatMap((name) => named(moment, name));
  return found.length === 0 ? null : found.reduce((sum, { value }) => sum + value, 0);
};

const highest = (moment: Moment, name: string): number | null => {
  const values = named(moment, name).map(({ value }) => value);
  return values.length === 0 ? null : Math.max(...values);
};

/** How much more there is by a label than before; a process that began anew begins from nothing. */
const growth = (now: Moment, before: Moment, { name, by }: { readonly name: string; readonly by: string }) => {
  const sums = (moment: Moment): Map<string, number> => {
    const found = new Map<string, number>();
    for (const { labels, value } of named(moment, name)) {
      const key = labelIn(labels, by);
      found.set(key, (found.get(key) ?? 0) + value);
    }
    return found;
  };
  const old = sums(before);
  return new Map(
    [...sums(now)].map(([key, value]) => [key, value - (value < (old.get(key) ?? 0) ? 0 : (old.get(key) ?? 0))]),
  );
};

const LATENCY = 'cablehub_gateway_delivery_seconds_bucket';

/** A quantile in milliseconds of what was measured in between; null: nothing was. */
const quantile = (buckets: ReadonlyMap<string, number>, share: number): number | null => {
  const bounds = [...buckets]
    .map(([bound, count]) => ({ bound: bound === '+Inf' ? Infinity : Number(bound), count }))
    .toSorted((one, other) => one.bound - other.bound);
  const all = bounds.at(-1)?.count ?? 0;
  if (all === 0) return null;
  const index = bounds.findIndex(({ count }) => count >= share * all);
  const { bound, count } = bounds[index]!;
  const { bound: from, count: below } = bounds[index - 1] ?? { bound: 0, count: 0 };
  if (bound === Infinity) return from * 1_000;
  return (from + (bound - from) * ((share * all - below) / Math.max(1, count - below))) * 1_000;
};

/** The point of a moment; `before` is the moment before it. */
export const pointOf = (now: Moment, before: Moment): HealthPoint => {
  const latency = growth(now, before, { name: LATENCY, by: 'le' });
  const [sent, sentBefore] = [total(now, SENT), total(before, SENT)];
  const seconds = (now.at - before.at) / 1_000;
  const isFresh = sent === null || sentBefore === null || sent < sentBefore || seconds <= 0;
  return {
    at: now.at,
    gateways: named(now, 'cablehub_gateway_connections').length || null,
    connections: total(now, 'cablehub_gateway_connections'),
    frames_per_second: isFresh ? null : (sent - sentBefore) / seconds,
    projector_lag_events: highest(now, 'cablehub_projector_lag_events'),
    projector_lag_seconds: highest(now, 'cablehub_projector_lag_seconds'),
    delivery_p50_ms: quantile(latency, 0.5),
    delivery_p99_ms: quantile(latency, 0.99),
    resumes: resumesIn(now, before),
    presence: total(now, 'cablehub_presence_users', 'cablehub_presence_contacts'),
  };
};

const SENT = 'cablehub_gateway_frames_sent_total';

/** Of clients that asked for what they missed, and of base clients that were recognised. */
const resumesIn = (now: Moment, before: Moment): Readonly<Record<string, number>> | null => {
  if (total(now, 'cablehub_gateway_connections') === null) return null;
  const asked = growth(now, before, { name: 'cablehub_gateway_resumes_total', by: 'outcome' });
  const recognised = growth(now, before, { name: 'cablehub_gateway_recoveries_total', by: 'outcome' });
  return Object.fromEntries([
    ...[...asked].map(([outcome, count]) => [`resume ${outcome}`, count] as const),
    ...[...recognised].map(([outcome, count]) => [`recovery ${outcome}`, count] as const),
  ]);
};
