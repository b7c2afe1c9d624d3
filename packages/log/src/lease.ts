/**
 * A lease: of all replicas of a role, the one that works.
 *
 * The holder renews it; when it stops (or is cut off from NATS) the entry ages away and another takes it. A holder that
 * cannot renew in time gives up by its own clock before the entry is gone, so two never hold it at once.
 */
import { StringCodec } from 'nats';
import type { NatsLink } from './connection.ts';
import { LEASES_BUCKET } from './names.ts';
import { LEASE_TTL_MS } from './storage.ts';
import { openBucket } from './tokens.ts';

const RENEW_MS = LEASE_TTL_MS / 5;
const GIVE_UP_MS = LEASE_TTL_MS - 2 * RENEW_MS;

export interface Lease {
  readonly isHeld: () => boolean;
  /** Lets go, so that another replica need not wait for the entry to age. */
  release(): Promise<void>;
}

export type LeaseOptions = {
  /** What is held: `presence`, `projector.0-63`. */
  readonly role: string;
  /** Who holds it: unique for each process. */
  readonly holder: string;
  /** Called with whether it is held, at each change. */
  readonly onChange?: (isHeld: boolean) => void;
};

/** The roles of which somebody holds the lease at this moment. Faults: those of the connection. */
export const heldRoles = async (link: NatsLink): Promise<readonly string[]> => {
  const bucket = await openBucket(link, LEASES_BUCKET);
  const manager = await link.connection.jetstreamManager();
  const prefix = `$KV.${LEASES_BUCKET}.`;
  // Asked of the leader, as is each entry: a reader of the bucket may be behind the holder that was a moment earlier.
  const { state } = await manager.streams.info(`KV_${LEASES_BUCKET}`, { subjects_filter: `${prefix}>` });
  const roles = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  const entries = await Promise.all(roles.map((role) => bucket.get(role)));
  return roles.filter((_, index) => entries[index]?.operation === 'PUT');
};

/** Starts asking for the lease, and goes on asking or renewing until it is released. */
export const requestLease = async (link: NatsLink, { role, holder, onChange }: LeaseOptions): Promise<Lease> => {
  const bucket = await openBucket(link, LEASES_BUCKET);
  const value = StringCodec().encode(holder);
  let revision = 0;
  let renewedAt = 0;
  let asking = false;

  const become = (held: boolean): void => {
    if (held === revision > 0) return;
    if (!held) revision = 0;
    onChange?.(held);
  };

  const ask = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const askedAt = performance.now();
    try {
      const next = await (revision > 0 ? bucket.update(role, value, revision) : bucket.create(role, value));
      const isNew = revision === 0;
      revision = next;
      renewedAt = askedAt;
      if (isNew) onChange?.(true);
    } catch {
      // Somebody else holds it, or NATS is away: only the clock below says whether it is still ours.
      if (revision > 0 && performance.now() - renewedAt > GIVE_UP_MS) become(false);
    } finally {
      asking = false;
    }
  };

  const timer = setInterval(() => {
    if (revision > 0 && performance.now() - renewedAt > GIVE_UP_MS) become(false);
    void ask();
  }, RENEW_MS);
  await ask();

  return {
    isHeld: () => revision > 0 && performance.now() - renewedAt <= GIVE_UP_MS,
    release: async () => {
      clearInterval(timer);
      const held = revision;
      become(false);
      // Best effort: if it cannot be deleted, it ages away.
      if (held > 0 && link.isUp()) await bucket.delete(role, { previousSeq: held }).catch(() => undefined);
    },
  };
};
