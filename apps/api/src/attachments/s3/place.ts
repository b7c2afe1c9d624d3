/** Where files lie in S3, and who we are there: from the settings. */
import { readFile } from 'node:fs/promises';
import { SettingsError } from '@cablehub/process';
import { z } from 'zod';

export type S3Place = {
  /** The server, like `https://s3.example.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** Never says what it was given: an address may hold a password. */
const bucketUrl = z
  .string()
  .refine(
    (text) => bucketIn(text) !== null,
    'must look like https://s3.example.com/bucket: a server and the name of a bucket, nothing else',
  );

type Named = Pick<S3Place, 'endpoint' | 'bucket'>;

const bucketIn = (text: string): Named | null => {
  const [, endpoint, bucket] = /^(https?:\/\/[^/?#@\s]+)\/([A-Za-z0-9][A-Za-z0-9._-]{2,62})\/?$/.exec(text) ?? [];
  return endpoint === undefined || bucket === undefined || !URL.canParse(endpoint) ? null : { endpoint, bucket };
};

export const s3Settings = {
  /** The bucket that files are kept in, on a server that speaks S3. Unset: they are kept in NATS. */
  ATTACHMENTS_S3_URL: bucketUrl.optional(),
  /** What requests to it are signed for; servers that have no regions take the default. */
  ATTACHMENTS_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must look like eu-central-1')
    .default('us-east-1'),
  /** Who we are there: a file with two lines, the access key's id and its secret. */
  ATTACHMENTS_S3_CREDENTIALS_FILE: z.string().min(1).optional(),
} as const;

export type S3Settings = Readonly<z.output<z.ZodObject<typeof s3Settings>>>;

/** Null: files are not kept in S3. Faults: SettingsError, which never says a secret. */
export const s3PlaceOf = async (settings: S3Settings): Promise<S3Place | null> => {
  const { ATTACHMENTS_S3_URL: url, ATTACHMENTS_S3_CREDENTIALS_FILE: file, ATTACHMENTS_S3_REGION: region } = settings;
  if (url === undefined && file === undefined) return null;
  if (url === undefined)
    throw new SettingsError(['ATTACHMENTS_S3_URL: must be set when ATTACHMENTS_S3_CREDENTIALS_FILE is']);
  if (file === undefined)
    throw new SettingsError(['ATTACHMENTS_S3_CREDENTIALS_FILE: must be set when ATTACHMENTS_S3_URL is']);
  return { ...bucketIn(url)!, region, credentials: await credentialsIn(file) };
};

const credentialsIn = async (path: string): Promise<S3Place['credentials']> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const reason = error.code ?? 'unknown';
    throw new SettingsError([`ATTACHMENTS_S3_CREDENTIALS_FILE: ${path} cannot be read (${reason})`]);
  });
  const [accessKeyId, secretAccessKey, ...more] = text.trim().split(/\s*\n\s*/);
  const isWord = (line: string | undefined): line is string => /^[\x21-\x7e]{1,512}$/.test(line ?? '');
  if (isWord(accessKeyId) && isWord(secretAccessKey) && more.length === 0) return { accessKeyId, secretAccessKey };
  const what = 'must hold two lines, the id of an access key and its secret';
  throw new SettingsError([`ATTACHMENTS_S3_CREDENTIALS_FILE: ${path} ${what}`]);
};
