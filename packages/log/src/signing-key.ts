/**
 * The key with which the api signs the addresses of attachments: one for all replicas, made by whichever comes first, kept for
 * as long as the addresses are to hold.
 */
import { randomBytes } from 'node:crypto';
import { isOutrun } from './compare-and-set.ts';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { ATTACHMENTS_KEY, KEYS_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';

const KEY_BYTES = 32;

/** 32 bytes. Faults: `nats_unavailable`. */
export const attachmentsKey = async (link: NatsLink): Promise<Uint8Array> => {
  try {
    const bucket = await openBucket(link, KEYS_BUCKET);
    for (;;) {
      const kept = await bucket.get(ATTACHMENTS_KEY);
      if (kept?.operation === 'PUT') return kept.value;
      await bucket.create(ATTACHMENTS_KEY, randomBytes(KEY_BYTES)).catch((error: unknown) => {
        if (!isOutrun(error)) throw error;
      });
    }
  } catch (cause) {
    throw new LogFault('nats_unavailable', 'the key of the attachments cannot be reached', { cause });
  }
};
