/**
 * Ingest: events of the demo's mix over HTTP into the log, one at a time and in batches, until the last is acknowledged.
 *
 * The yardstick publishes what the hub has stored in a turn to a stream like the hub's log. What the api does afterwards, taking the
 * events into its own views, happens meanwhile and goes on after the turn; the next one waits for its end.
 */
import type { Position } from '@cablehub/events';
import { readRaw } from '@cablehub/log';
import type { BareIngestTalk, Stored } from '../bare/ingest.ts';
import { API_TOKEN, startHub, type Hub } from '../hub.ts';
import type { PosterTalk } from '../load/poster.ts';
import { inPairs } from '../pairs.ts';
import { startProgram, type Program } from '../program.ts';
import type { Line, Scenario, Stage } from '../scenario.ts';
import { asking } from '../talk.ts';
import { untilIdle } from '../usage.ts';

export const ingest: Scenario = {
  name: 'ingest',
  about: 'Events acknowledged over HTTP; bare: as many published to JetStream as a pipeline, acknowledgements counted.',
  play: async function* (stage) {
    const hub = await startHub({ folder: `${stage.folder}/ingest`, apps: { api: 1 } });
    const bare = startProgram({ name: 'bare', file: 'bare/ingest', args: [hub.nats.url] });
    const client = startProgram({ name: 'client', file: 'load/poster' });
    try {
      const parts = { stage, hub, bare, client };
      const scale = stage.isQuick ? 1 : 5;
      yield await playPosts(parts, { connections: 8, requests: 12 * scale, together: 100, reach: { atLeast: 0.5 } });
      yield await playPosts(parts, { connections: 16, requests: 150 * scale, together: 1, reach: null });
    } finally {
      await client.stop();
      await bare.stop();
      await hub.stop();
    }
  },
};

type Parts = { readonly stage: Stage; readonly hub: Hub; readonly bare: Program; readonly client: Program };
type Posts = { readonly connections: number; readonly requests: number; readonly together: number } & Pick<
  Line,
  'reach'
>;

const playPosts = async ({ stage, hub, bare, client }: Parts, { reach, ...posts }: Posts): Promise<Line> => {
  const events = posts.connections * posts.requests * posts.together;
  const api = hub.apps('api')[0]!;
  const [poster, publisher] = [asking<PosterTalk>(client), asking<BareIngestTalk>(bare)];
  const working = [api, bare, client, hub.natsWatched];
  /** As many on their way as the hub's clients have, and enough of them when they send batches. */
  const window = posts.together === 1 ? posts.connections : 1_024;
  let busiest = 0;
  const line = await inPairs(stage, {
    of: `${posts.connections} connections, ${posts.together === 1 ? 'one at a time' : `batches of ${posts.together}`}`,
    unit: 'events/s',
    hub: {
      processes: [api, hub.natsWatched],
      run: async () => {
        await poster.prepare({ port: api.port, token: API_TOKEN, ...posts });
        await untilIdle(working);
        const { seconds, busy } = await poster.post(undefined);
        busiest = Math.max(busiest, busy);
        await untilIdle(working);
        return events / seconds;
      },
    },
    bare: {
      processes: [bare, hub.natsWatched],
      run: async () => {
        await publisher.prepare(await lastStored(hub, events));
        await untilIdle(working);
        return events / (await publisher.publish(window));
      },
    },
    reach,
  });
  return busiest > BUSY ? { ...line, notes: [...line.notes, 'the client was the limit'] } : line;
};

/** A client that works for more of the time than this limits what is measured. */
const BUSY = 0.9;

/** The last events of the log, as they are stored. */
const lastStored = async (hub: Hub, count: number): Promise<readonly Stored[]> => {
  const manager = await hub.link.connection.jetstreamManager();
  const { state } = await manager.streams.info('EVENTS');
  const stored: Stored[] = [];
  for await (const { subject, headers, body } of readRaw(hub.link, (state.last_seq - count) as Position))
    stored.push({ subject, headers: Object.entries(headers), body: Uint8Array.from(body) });
  return stored;
};
