/** What specifications of the projector share: a nats-server of their own, projectors on it, and ways to look at what they do. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf, isEventType, type AccountId, type NewEvent } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import {
  allPartitions,
  jetStreamDeliveries,
  jetStreamLog,
  type HeardDelivery,
  type NatsLink,
  type PartitionRange,
} from '@cablehub/log';
import { natsFixture, type NatsFixture } from '@cablehub/log/testing';
import { createLogger, createMetrics, readSettings, type Registry, type RunningApp } from '@cablehub/process';
import { stateOf, VIEWS_VERSION, viewFilesOf, type ViewFiles } from '@cablehub/projector';
import { expect, vi } from 'vitest';
import { startProjector } from './projector.ts';
import { projectorSettings } from './settings.ts';

export const account = 1 as AccountId;

/** The article's story, read from the examples that users play. */
export const story: readonly NewEvent[] = readFileSync(
  new URL('../../../examples/onehash.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => {
    const { id, type, time, data } = JSON.parse(line) as { id: string; type: string; time: string; data: unknown };
    if (!isEventType(type)) throw new Error(type);
    return newEvent(type, definitionOf(type).data.parse(data) as never, { id, time });
  });

/** The story as it happens in another account. */
export const storyIn = (accountId: number): readonly NewEvent[] =>
  story.map((event) => ({ ...event, accountId }) as NewEvent);

const decoder = new TextDecoder();
/** The frames among what was heard, by the event they tell. */
export const framesIn = (heard: readonly HeardDelivery[]): readonly string[] =>
  heard.flatMap((delivery) =>
    delivery.kind === 'frame' ? [(JSON.parse(decoder.decode(delivery.payload)) as { event: string }).event] : [],
  );

/** How long to wait for what a projector does; one that takes over waits for a lease to age. */
export const limit = { timeout: 20_000 };

export type Projector = RunningApp & { readonly metrics: Registry };

export const projectorFixture = async () => {
  const nats: NatsFixture = await natsFixture();
  const link: NatsLink = await nats.link();
  const folder = mkdtempSync(join(tmpdir(), 'projector-'));
  let apps: Projector[] = [];
  let place = 0;
  const dataDirOf = (replica: string): string => join(folder, String(place), replica);
  const filesOf = (replica: string, partitions: PartitionRange = allPartitions): ViewFiles =>
    viewFilesOf(dataDirOf(replica), partitions);

  return {
    nats,
    link,
    folder,
    filesOf,
    /** Stops all, and makes streams and files anew. */
    begin: async (): Promise<void> => {
      await Promise.all(apps.map((app) => app.stop()));
      apps = [];
      place += 1;
      await nats.clear(link);
    },
    start: async (replica = 'a', more: Readonly<Record<string, string>> = {}): Promise<Projector> => {
      const environment = { NATS_URL: nats.server().url, DATA_DIR: dataDirOf(replica), ...more };
      const metrics = createMetrics();
      const logger = createLogger({ app: 'projector', level: 'silent' });
      const running = await startProjector(readSettings(projectorSettings, environment), { logger, metrics });
      const app = { ...running, metrics };
      apps.push(app);
      return app;
    },
    stop: async (app: Projector): Promise<void> => {
      apps = apps.filter((one) => one !== app);
      await app.stop();
    },
    append: (events: readonly NewEvent[]) => jetStreamLog(link).append(events.map((event) => ({ event }))),
    /** What agents of an account hear from now on. */
    hear: async (accountId: AccountId = account): Promise<HeardDelivery[]> => {
      const heard: HeardDelivery[] = [];
      await jetStreamDeliveries(link).hear(accountId, 'agents', (delivery) => heard.push(delivery));
      return heard;
    },
    /** Resolves when a replica's views are of today's version and true for a position. */
    until: (replica: string, position: number, partitions: PartitionRange = allPartitions): Promise<void> =>
      vi.waitFor(
        () => expect(stateOf(filesOf(replica, partitions).live)).toMatchObject({ position, version: VIEWS_VERSION }),
        limit,
      ),
    metric: (app: Projector, line: string): Promise<void> =>
      vi.waitFor(async () => expect(await app.metrics.metrics()).toContain(line), limit),
    close: async (): Promise<void> => {
      await Promise.all(apps.map((app) => app.stop()));
      await nats.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
export type ProjectorFixture = Awaited<ReturnType<typeof projectorFixture>>;
