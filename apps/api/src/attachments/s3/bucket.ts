/**
 * A bucket of a server that speaks S3: its client, and what of its answers is no fault.
 *
 * Only what every such server has is asked of it. Listing unfinished uploads is not: several do not, or only of one key.
 */
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { LogFault } from '@cablehub/log';
import type { S3Place } from './place.ts';

export type Bucket = { readonly client: S3Client; readonly name: string };

const CONNECT_MS = 5_000;
/** A part at a slow line; a server that says nothing for this long is away. */
const ANSWER_MS = 30_000;
const SOCKETS = 256;

export const bucketAt = ({ endpoint, bucket, region, credentials }: S3Place): Bucket => ({
  name: bucket,
  client: new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    // Checksums at the end of a body are not understood everywhere; the signature has one of the whole body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      socketTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
  }),
});

/** What a server answers instead of what was asked: an HTTP status, and a name of S3. */
export type Refusal = { readonly status: number; readonly code: string };

const refusalIn = (error: unknown): Refusal | null => {
  if (!(error instanceof S3ServiceException)) return null;
  const { httpStatusCode: status } = error.$metadata;
  return status === undefined ? null : { status, code: error.name };
};

/** What the server answered that a fault is about; null: it did not answer, or with what it should have. */
export const refusalOf = (fault: unknown): Refusal | null =>
  fault instanceof LogFault ? refusalIn(fault.cause) : null;

/** What is asked for, or null when it is not there. Faults: `s3_unavailable`. */
export const found = <T>(asking: Promise<T>): Promise<T | null> =>
  asking.catch((error: unknown) => (isMissing(error) ? null : unavailable(error)));

/** What is asked for. Faults: `s3_unavailable`. */
export const asked = <T>(asking: Promise<T>): Promise<T> => asking.catch(unavailable);

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload', 'InvalidRange']);

const isMissing = (error: unknown): boolean => MISSING.has(refusalIn(error)?.code ?? '');

/** Whether a fault was that the server has no room: by its status, or by what those call it that use another. */
export const isFull = (fault: unknown): boolean => {
  const refusal = refusalOf(fault);
  return refusal !== null && (refusal.status === 507 || /(QuotaExceeded|StorageFull)$/.test(refusal.code));
};

const unavailable = (cause: unknown): never => {
  if (cause instanceof LogFault) throw cause;
  throw new LogFault('s3_unavailable', 'the attachments cannot be reached', { cause });
};
