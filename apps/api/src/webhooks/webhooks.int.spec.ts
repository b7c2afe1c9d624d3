import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, ensureStorage, jetStreamLog, startNatsServer, type NatsServer } from '@cablehub/log';
import { project, queryableViews } from '@cablehub/projector';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningApi } from '../api.ts';
import { TOKEN } from '../api.fixture.ts';
import { startedApi } from '../started.fixture.ts';
import { at, conversationWebhook, fromJohn, messageWebhook, type Body } from './webhooks.fixture.ts';

describe('webhooks on NATS', () => {
  let folder = '';
  let nats: NatsServer;
  let replicas: readonly RunningApi[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cablehub-webhooks-'));
    nats = await startNatsServer({ dataDir: folder });
    const link = await connectNats({ url: nats.url, name: 'spec' });
    await ensureStorage(link);
    await link.close();
    const start = (name: string): Promise<RunningApi> => {
      const place = { NATS_URL: nats.url, DATA_DIR: join(folder, name) };
      const environment = { ...place, HOST: '127.0.0.1', API_PORT: '0', API_TOKENS: TOKEN };
      return startedApi(environment);
    };
    replicas = await Promise.all([start('one'), start('two')]);
  });
  afterEach(async () => {
    for (const api of replicas) await api.stop();
    replicas = [];
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** As an installation does: the token is the password of its address. */
  const send = async (replica: number, body: object, path = 'webhooks/chatwoot'): Promise<Body> => {
    const basic = `Basic ${Buffer.from(`chatwoot:${TOKEN}`).toString('base64')}`;
    const authorization = path === 'events' ? `Bearer ${TOKEN}` : basic;
    const response = await fetch(`http://127.0.0.1:${replicas[replica]?.port}/v1/accounts/1/${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { ...((await response.json()) as object), code: response.status };
  };

  /** What the log adds up to: the frames that go out, and what could not be taken. */
  const told = async () => {
    const link = await connectNats({ url: nats.url, name: 'spec' });
    const views = queryableViews(':memory:');
    const frames: Body[] = [];
    const outcomes: string[] = [];
    views.begin();
    for await (const entry of jetStreamLog(link).read()) {
      const { outcome, announcements } = project(views, entry, { contactTokens: 'visible' });
      outcomes.push(outcome.kind);
      for (const { payload } of announcements) frames.push(JSON.parse(new TextDecoder().decode(payload)) as Body);
    }
    views.rollback();
    views.close();
    await link.close();
    return { frames, outcomes };
  };

  it(
    'make an account that is heard, out of order, twice, and at two replicas at once',
    { timeout: 30_000 },
    async () => {
      const john = { id: 5, name: 'John', pubsub_token: 'what-john-subscribes-with' };
      const people = [
        { type: 'user.created', data: john },
        { type: 'agent.added', data: { user_id: 5, role: 'administrator' } },
      ];
      expect(await send(0, people, 'events')).toMatchObject({ code: 201 });
      const answer = messageWebhook('message_created', 50, fromJohn);
      const hello = messageWebhook('message_created', 40);
      const begun = conversationWebhook('conversation_created');
      const resolved = conversationWebhook('conversation_status_changed', { status: 'resolved', updated_at: at(60) });
      const all = [answer, begun, hello, resolved, answer];
      const answers = await Promise.all(all.flatMap((body) => [send(0, body), send(1, body)]));
      for (const one of answers) expect(one).toMatchObject({ code: 200 });

      const { frames, outcomes } = await told();
      expect(new Set(outcomes)).toEqual(new Set(['taken']));
      const heard = (event: string, data: object): boolean =>
        frames.some((frame) => {
          const about = frame['data'] as Body;
          return frame['event'] === event && Object.entries(data).every(([key, value]) => about[key] === value);
        });
      expect(heard('conversation.created', { id: 7, channel: 'Channel::WebWidget' })).toBe(true);
      expect(heard('message.created', { id: 40, content: 'hi', message_type: 0 })).toBe(true);
      expect(heard('message.created', { id: 50, message_type: 1 })).toBe(true);
      expect(heard('conversation.status_changed', { id: 7, status: 'resolved' })).toBe(true);
      expect(await send(0, answer)).toMatchObject({ code: 200, status: 'duplicate', events: [] });
      expect(await send(1, resolved)).toMatchObject({ code: 200, status: 'duplicate', events: [] });
    },
  );
});
