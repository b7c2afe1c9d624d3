import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  connectNats,
  ensureStorage,
  jetStreamAttachments,
  startNatsServer,
  type NatsLink,
  type NatsServer,
} from '@cablehub/log';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningApi } from '../../api.ts';
import { TOKEN, viewsInMemory } from '../../api.fixture.ts';
import { hub } from '../../hub.fixture.ts';
import { startedApi } from '../../started.fixture.ts';
import { formOf, gif, png } from '../attachments.fixture.ts';
import { attach, opened } from '../forms.fixture.ts';
import { sweep, type SweepPorts } from '../sweep.ts';
import { s3Attachments } from './attachments.ts';
import { bucketAt } from './bucket.ts';
import { s3Fixture, type S3Fixture } from './s3.fixture.ts';
import { PART_BYTES, putting } from './upload.ts';

describe('a hub whose files are in S3', () => {
  let s3: S3Fixture;
  beforeEach(async () => {
    s3 = await s3Fixture();
    return s3.close;
  });

  const filesOf = ({ place }: S3Fixture) => {
    const bucket = bucketAt(place);
    return { bucket, files: s3Attachments(bucket) };
  };
  const keysIn = async (fixture: S3Fixture) => (await filesOf(fixture).files.list()).map(({ key }) => key).toSorted();

  it('sweeps what no message has, whole or half-written, and leaves what messages have', async () => {
    const { bucket, files } = filesOf(s3);
    const stage = await hub({ files });
    const [attached] = await attach(stage, { name: 'a.gif', bytes: gif });
    const [named] = await keysIn(s3);
    const bytes = (async function* () {
      yield randomBytes(10);
    })();
    await files.put({ key: '1_lost', name: 'a.gif', contentType: 'image/gif', maxBytes: 100, bytes });
    const half = putting(bucket, { key: '1_half', name: 'a.gif', contentType: 'image/gif' });
    await half.write(randomBytes(PART_BYTES + 1));
    const later = 86_400_000 + 60_000;
    const log: SweepPorts['log'] = {
      lastPosition: () => stage.log.lastPosition(),
      read: async function* (options) {
        for await (const entry of stage.log.read(options)) yield { ...entry, recordedAt: entry.recordedAt + later };
      },
    };
    const views = viewsInMemory(stage.log);
    expect((await sweep({ files, log: stage.log, views }, new Set(['1_lost', '1_half']))).removed).toEqual([]);
    const ports: SweepPorts = { files, log, views, now: () => Date.now() + later };
    const first = await sweep(ports, new Set());
    expect([first.removed, [...first.suspects].toSorted()]).toEqual([[], ['1_half', '1_lost']]);
    expect((await sweep(ports, first.suspects)).removed.toSorted()).toEqual(['1_half', '1_lost']);
    expect([await keysIn(s3), s3.unfinishedBytes()]).toEqual([[named], 0]);
    expect((await opened(stage, attached!.data_url)).rawPayload.equals(gif)).toBe(true);
    bucket.client.destroy();
  });

  describe('as it is started', () => {
    let folder = '';
    let nats: NatsServer;
    let link: NatsLink;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cablehub-s3-'));
      nats = await startNatsServer({ dataDir: folder });
      link = await connectNats({ url: nats.url, name: 'spec' });
      await ensureStorage(link);
    });
    afterAll(async () => {
      await link.close();
      await nats.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    });

    let logged = '';
    const start = async ({ place }: S3Fixture, secret = place.credentials.secretAccessKey): Promise<RunningApi> => {
      const credentials = join(folder, 's3-credentials');
      await writeFile(credentials, `${place.credentials.accessKeyId}\n${secret}\n`, { mode: 0o600 });
      const environment = {
        NATS_URL: nats.url,
        HOST: '127.0.0.1',
        API_PORT: '0',
        API_TOKENS: TOKEN,
        DATA_DIR: folder,
        ATTACHMENTS_S3_URL: `${place.endpoint}/${place.bucket}`,
        ATTACHMENTS_S3_CREDENTIALS_FILE: credentials,
      };
      logged = '';
      const sink = new Writable({ write: (chunk, _encoding, done) => ((logged += String(chunk)), done()) });
      return startedApi(environment, pino({ level: 'trace' }, sink));
    };

    /** An inbox with a conversation; where its customer sends messages. */
    const conversationAt = async ({ port }: RunningApi): Promise<string> => {
      const at = `http://127.0.0.1:${port}`;
      let position = '0';
      const made = async (path: string, body: object): Promise<Record<string, string>> => {
        const headers = { api_access_token: TOKEN, 'content-type': 'application/json', 'x-hub-position': position };
        const response = await fetch(`${at}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
        const text = await response.text();
        expect(response.status, text).toBe(200);
        return JSON.parse(text) as Record<string, string>;
      };
      const { id: account } = await made('/platform/api/v1/accounts', { name: 'Acme' });
      const events = await fetch(`${at}/v1/accounts/${account}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          type: 'inbox.created',
          data: { id: 1, name: 'Api', channel: 'Channel::Api', identifier: 'an-inbox-of-the-api' },
        }),
      });
      expect(await events.text()).toContain('"sequence"');
      position = events.headers.get('x-hub-position')!;
      const contacts = '/public/api/v1/inboxes/an-inbox-of-the-api/contacts';
      const { source_id: source } = await made(contacts, { name: 'ada' });
      const { id: conversation } = await made(`${contacts}/${source}/conversations`, {});
      return `${at}${contacts}/${source}/conversations/${conversation}/messages`;
    };

    it('keeps files there alone, gives them back in parts, and answers 503 for them while the server is away', async () => {
      const api = await start(s3);
      try {
        const messages = await conversationAt(api);
        const picture = png(4, 3, randomBytes(2 * PART_BYTES));
        const send = () => fetch(messages, { method: 'POST', body: formOf({}, [{ name: 'a.png', bytes: picture }]) });
        const sent = await send();
        const { attachments } = (await sent.json()) as { attachments: readonly { readonly data_url: string }[] };
        expect([sent.status, attachments]).toMatchObject([200, [{ file_size: picture.length, width: 4 }]]);
        expect([await keysIn(s3), s3.completed()]).toEqual([[expect.stringMatching(/^\d+_/)], 1]);
        expect(await (await jetStreamAttachments(link)).list()).toEqual([]);
        const url = attachments[0]!.data_url;
        const whole = await fetch(url);
        expect(Buffer.from(await whole.arrayBuffer()).equals(picture)).toBe(true);
        const part = await fetch(whole.url, { headers: { range: 'bytes=5242870-5242889' } });
        expect(part.status).toBe(206);
        expect(Buffer.from(await part.arrayBuffer()).equals(picture.subarray(5_242_870, 5_242_890))).toBe(true);
        await s3.close();
        const [reading, sending] = [await fetch(url), await send()];
        expect([reading.status, sending.status]).toEqual([503, 503]);
        expect((await fetch(messages)).status, 'what is no file').toBe(200);
        expect(logged).not.toContain(s3.place.credentials.secretAccessKey);
      } finally {
        await api.stop();
      }
    });

    it('does not start with credentials that the server refuses, and says none', async () => {
      s3.answerWith({ status: 403, code: 'SignatureDoesNotMatch' });
      const starting = start(s3, 'another-secret-of-the-key');
      await expect(starting).rejects.toMatchObject({ code: 'bad_setting' });
      await expect(starting).rejects.not.toThrow(/another-secret/);
    });
  });
});
