/** A server that speaks S3 on a free port, with one bucket, and a look at what it is sent and keeps. */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { buildApp } from 'fauxqs';
import { bucketAt } from './bucket.ts';
import type { S3Place } from './place.ts';

type Answer = { readonly status: number; readonly code: string };

export type S3Fixture = {
  readonly place: S3Place;
  /** Bytes of uploads in parts that have neither ended nor been given up. */
  readonly unfinishedBytes: () => number;
  /** How many uploads in parts have ended well. */
  readonly completed: () => number;
  /** Bytes of objects that it has sent. */
  readonly sentBytes: () => number;
  /** Answers every request so from now on; null: as it should. */
  readonly answerWith: (answer: Answer | null) => void;
  readonly close: () => Promise<void>;
};

type Query = Readonly<Record<string, string | undefined>>;

export const s3Fixture = async (): Promise<S3Fixture> => {
  const app = buildApp({ logger: false });
  const parts = new Map<string, number>();
  let answer: Answer | null = null;
  let completed = 0;
  let sentBytes = 0;

  app.addHook('onRequest', async (_request, reply) => {
    if (answer === null) return;
    const body = `<?xml version="1.0"?><Error><Code>${answer.code}</Code><Message>so it is</Message></Error>`;
    await reply.code(answer.status).type('application/xml').send(body);
  });
  app.addHook('onResponse', async ({ method, query, headers }, reply) => {
    const { uploadId: id, uploads } = query as Query;
    if (reply.statusCode >= 300 || (id === undefined && uploads === undefined)) {
      if (method === 'GET') sentBytes += Number(reply.getHeader('content-length') ?? 0);
      return;
    }
    if (id === undefined) return;
    if (method === 'PUT') parts.set(id, (parts.get(id) ?? 0) + Number(headers['content-length']));
    else parts.delete(id);
    if (method === 'POST') completed++;
  });
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  const credentials = { accessKeyId: 'an-access-key', secretAccessKey: 'the-secret-of-the-key' };
  const place = { endpoint, bucket: 'files-of-the-hub', region: 'us-east-1', credentials };
  const { client } = bucketAt(place);
  await client.send(new CreateBucketCommand({ Bucket: place.bucket }));
  client.destroy();
  return {
    place,
    unfinishedBytes: () => [...parts.values()].reduce((sum, bytes) => sum + bytes, 0),
    completed: () => completed,
    sentBytes: () => sentBytes,
    answerWith: (next) => void (answer = next),
    close: () => app.close(),
  };
};
