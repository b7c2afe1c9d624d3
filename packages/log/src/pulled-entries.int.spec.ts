import { positionOf } from '@cablehub/events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NatsLink } from './connection.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { team } from './log.fixture.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { decoded, pullEntries } from './pulled-entries.ts';

let nats: NatsFixture;
let link: NatsLink;

beforeAll(async () => {
  nats = await natsFixture();
  link = await nats.link();
  await nats.clear(link);
});
afterAll(async () => nats.close());

const REQUEST_MS = 20;
const EVENTS = 150;

it('reads what comes at the moment when a request ends', async () => {
  const log = jetStreamLog(link);
  const reading = await pullEntries(link, { after: positionOf(0), requestMs: REQUEST_MS, as: decoded });
  for (let id = 1; id <= EVENTS; id++) {
    // Around the end of the request that waits.
    const appending = pause(REQUEST_MS * (0.9 + Math.random() * 0.4)).then(() => log.append([{ event: team(id) }]));
    // Rejects when what was stored has not come for as long as a server is waited for.
    expect(await reading.next(10)).toMatchObject([{ data: { id } }]);
    await appending;
  }
  reading.close();
}, 30_000);
