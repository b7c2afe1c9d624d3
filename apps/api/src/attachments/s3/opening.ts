/** Opens a bucket for files, once it is known that it takes them. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Attachments } from '@cablehub/log';
import { SettingsError } from '@cablehub/process';
import { s3Attachments } from './attachments.ts';
import { asked, bucketAt, refusalOf, type Refusal } from './bucket.ts';
import type { S3Place } from './place.ts';

export type OpenedBucket = {
  readonly files: Attachments;
  /** Lets go of the connections. */
  readonly close: () => void;
};

/**
 * Faults: SettingsError when the server refuses who we are, or has no such bucket. That it is away is told `onFault`, and is no
 * reason not to start: all but files is served without it.
 */
export const openBucket = async (place: S3Place, onFault: (fault: unknown) => void): Promise<OpenedBucket> => {
  const bucket = bucketAt(place);
  const close = (): void => bucket.client.destroy();
  try {
    await asked(bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name, MaxKeys: 1 })));
  } catch (fault) {
    const refusal = refusalOf(fault);
    if (refusal !== null && refusal.status < 500) {
      close();
      throw refused(place, refusal);
    }
    onFault(fault);
  }
  return { files: s3Attachments(bucket), close };
};

const refused = ({ endpoint, bucket }: S3Place, { status, code }: Refusal): SettingsError => {
  if (code === 'NoSuchBucket')
    return new SettingsError([`ATTACHMENTS_S3_URL: ${endpoint} has no bucket ${bucket}; make it, or mend the address`]);
  const what = `${endpoint} does not let us list the bucket ${bucket} (${status} ${code})`;
  const where = 'ATTACHMENTS_S3_CREDENTIALS_FILE, ATTACHMENTS_S3_REGION and what the key may do';
  return new SettingsError([`ATTACHMENTS_S3_URL: ${what}; see to ${where}`]);
};
