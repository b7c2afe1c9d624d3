/** Claims in a JetStream bucket. Reads go to the leader, so whoever is outrun sees by whom. */
import { StringCodec, type KvEntry } from 'nats';
import type { Claim, ClaimResult, Claims } from './claims.ts';
import { isOutrun } from './compare-and-set.ts';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { CLAIMS_BUCKET } from './names.ts';
import { openBucket } from './tokens.ts';

export const jetStreamClaims = async (link: NatsLink): Promise<Claims> => {
  const bucket = await openBucket(link, CLAIMS_BUCKET);
  const codec = StringCodec();
  const claimIn = (entry: KvEntry | null): Claim | null =>
    entry === null || entry.operation !== 'PUT'
      ? null
      : { id: Number(codec.decode(entry.value)), claimedAt: entry.created.getTime(), revision: entry.revision };
  const get = async (key: string): Promise<Claim | null> => claimIn(await bucket.get(key));

  /** Null: another was faster. */
  const put = async (key: string, id: number, over: Claim | null): Promise<number | null> => {
    const value = codec.encode(String(id));
    try {
      return await (over === null ? bucket.create(key, value) : bucket.update(key, value, over.revision));
    } catch (error) {
      if (isOutrun(error)) return null;
      throw error;
    }
  };

  const claimOver = async (key: string, id: number, over: Claim | null): Promise<ClaimResult> => {
    const revision = await put(key, id, over);
    const claim = await get(key);
    if (claim !== null && claim.revision === revision) return { ok: true, claim };
    // Free again: it was released in between. Else somebody has it, or took it over from us already.
    return claim === null ? claimOver(key, id, null) : { ok: false, reason: 'held', claim };
  };

  return {
    claim: (key, id) => claimOver(key, id, null).catch(unavailable),
    get: (key) => get(key).catch(unavailable),
    takeOver: (key, id, from) => claimOver(key, id, from).catch(unavailable),
    release: async (key, { revision }) => {
      try {
        await bucket.delete(key, { previousSeq: revision });
        return true;
      } catch (error) {
        return isOutrun(error) ? false : unavailable(error);
      }
    },
  };
};

const unavailable = (cause: unknown): never => {
  throw new LogFault('nats_unavailable', 'the claims cannot be reached', { cause });
};
