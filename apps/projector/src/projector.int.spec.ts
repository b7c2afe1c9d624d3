import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf, isEventType, type AccountId, type ContactInboxId, type ConversationId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import {
  connectNats,
  contactTokenKey,
  ensureStorage,
  jetStreamDeliveries,
  jetStreamLog,
  jetStreamTokens,
  natsSignals,
  startNatsServer,
  type HeardDelivery,
  type NatsLink,
  type NatsServer,
} from '@cablehub/log';
import { createLogger, createMetrics, readSettings, type RunningApp } from '@cablehub/process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProjector } from './projector.ts';
import { projectorSettings } from './settings.ts';

const account = 1 as AccountId;
const story = readFileSync(new URL('../../../examples/onehash.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const { id, type, time, data } = JSON.parse(line) as { id: string; type: string; time: string; data: unknown };
    if (!isEventType(type)) throw new Error(type);
    return newEvent(type, definitionOf(type).data.parse(data) as never, { id, time });
  });
/** The first part ends with the frame `contact.updated`, the second with `conversation.read`. */
const half = story.findIndex(({ id }) => id === 'onehash-contact-12-updated') + 1;
const eventOf = ({ payload }: { payload: Uint8Array }): string =>
  (JSON.parse(new TextDecoder().decode(payload)) as { event: string }).event;

describe('the projector app', () => {
  let dataDir: string;
  let server: NatsServer;
  let link: NatsLink;
  let apps: RunningApp[];

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'projector-'));
    server = await startNatsServer({ dataDir: join(dataDir, 'nats') });
    link = await connectNats({ url: server.url, name: 'spec' });
    await ensureStorage(link);
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await link.close();
    await server.stop('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = async (views = 'a'): Promise<RunningApp> => {
    const settings = readSettings(projectorSettings, { NATS_URL: server.url, DATA_DIR: join(dataDir, views) });
    const logger = createLogger({ app: 'projector', level: 'silent' });
    const app = await startProjector(settings, { logger, metrics: createMetrics() });
    apps.push(app);
    return app;
  };
  const stop = async (app: RunningApp): Promise<void> => {
    apps = apps.filter((one) => one !== app);
    await app.stop();
  };
  const append = (events: readonly (typeof story)[number][]) =>
    jetStreamLog(link).append(events.map((event) => ({ event })));
  const hearAgents = async (): Promise<HeardDelivery[]> => {
    const heard: HeardDelivery[] = [];
    await jetStreamDeliveries(link).hear(account, 'agents', (delivery) => heard.push(delivery));
    return heard;
  };
  const framesIn = (heard: readonly HeardDelivery[]): string[] =>
    heard.flatMap((delivery) => (delivery.kind === 'frame' ? [eventOf(delivery)] : []));

  it('turns appended events into deliveries and tokens', async () => {
    const heard = await hearAgents();
    await start();
    await append(story);
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), { timeout: 10_000 });
    const tokens = await jetStreamTokens(link);
    expect(await tokens.get(contactTokenKey('demo-customer-white-shadow-394'))).toMatchObject({ contactInboxId: 8 });
  });

  it('goes on after a stop, and a lost file, without a delivery twice or a delivery missing', async () => {
    const heard = await hearAgents();
    await stop(await start());
    await append(story.slice(0, half));
    const first = await start();
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('contact.updated'), { timeout: 10_000 });
    await stop(first);
    await append(story.slice(half));
    await start('another-file');
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), { timeout: 10_000 });
    const offsets = heard.map(({ stored }) => stored?.offset ?? 0);
    expect(new Set(offsets).size).toBe(offsets.length);
    expect(framesIn(heard).filter((event) => event === 'contact.created')).toHaveLength(3);
  });

  it('goes on after NATS was killed and came back', async () => {
    await start();
    await append(story.slice(0, half));
    const port = Number(new URL(server.url).port);
    await server.stop('SIGKILL');
    server = await startNatsServer({ dataDir: join(dataDir, 'nats'), port });
    await vi.waitFor(() => expect(link.isUp()).toBe(true), { timeout: 10_000 });
    const heard = await hearAgents();
    await append(story.slice(half));
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), { timeout: 15_000 });
  });

  it('works as one of two, and the other takes over when it stops', async () => {
    const heard = await hearAgents();
    const first = await start('a');
    await start('b');
    await append(story.slice(0, half));
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('contact.updated'), { timeout: 10_000 });
    await stop(first);
    await append(story.slice(half));
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), { timeout: 15_000 });
    expect(framesIn(heard).filter((event) => event === 'contact.created')).toHaveLength(3);
  });

  it('tells who types, from the views as they are', async () => {
    const heard = await hearAgents();
    await start();
    await append(story);
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.read'), { timeout: 10_000 });
    natsSignals(link).sendTyping({
      accountId: account,
      conversationId: 7 as ConversationId,
      status: 'on',
      typist: { kind: 'contact', contactInboxId: 8 as ContactInboxId },
      isPrivate: false,
    });
    await vi.waitFor(() => expect(framesIn(heard).at(-1)).toBe('conversation.typing_on'), { timeout: 5_000 });
    expect(heard.at(-1)?.stored).toBeNull();
  });
});
