/**
 * Who a pubsub token belongs to: written by the projector, asked by the gateways.
 *
 * Keys are digests, so whoever can read the bucket learns no token. An agent's key also names the account: a user has one
 * token for all accounts, and this way each account grants and revokes its own part without touching another's.
 */
import { hash } from 'node:crypto';
import { contactId, contactInboxId, userId, accountId, type AccountId } from '@cablehub/events';
import type { KV } from 'nats';
import { z } from 'zod';
import { acknowledgedPublishing, type Outgoing } from './acknowledged.ts';
import { bucketReading } from './bucket-reading.ts';
import type { NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { TOKENS_BUCKET } from './names.ts';
import { writtenHeaders } from './written-headers.ts';

/** What a token allows: to hear an account as one of its agents, or to hear one customer session. */
export const grant = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent'), accountId, userId }),
  z.object({ kind: z.literal('contact'), accountId, contactId, contactInboxId }),
]);
export type Grant = z.infer<typeof grant>;

const digest = (token: string): string => hash('sha256', token, 'base64url');

/** The key under which an agent's token is kept for one account. */
export const agentTokenKey = (token: string, account: AccountId): string => `${digest(token)}.${account}`;
/** The key under which a customer session's token is kept. */
export const contactTokenKey = (token: string): string => digest(token);

/** All its faults are `nats_unavailable`. */
export interface Tokens {
  /** What the token of this key allows; null: nothing. */
  get(key: string): Promise<Grant | null>;
  /** What is put or deleted behind another call of the same owner is so, too, though neither was waited for. */
  put(key: string, value: Grant): Promise<void>;
  delete(key: string): Promise<void>;
}

export const jetStreamTokens = async (link: NatsLink): Promise<Tokens> => {
  const { get } = bucketReading(link, TOKENS_BUCKET, READ_TIMEOUT_MS);
  return {
    get: async (key) => {
      const value = (await get(key).catch(unavailable))?.value ?? null;
      return value === null ? null : grant.parse(JSON.parse(Buffer.from(value).toString()));
    },
    ...writing(link),
  };
};

const READ_TIMEOUT_MS = 5_000;
const ACK_TIMEOUT_MS = 5_000;
/** What removes a key from a bucket. */
const DELETED = writtenHeaders({ 'KV-Operation': 'DEL' });

const writing = (link: NatsLink): Pick<Tokens, 'put' | 'delete'> => {
  const publishing = acknowledgedPublishing(link, ACK_TIMEOUT_MS);
  const publish = async (key: string, said: Pick<Outgoing, 'headers' | 'body'>): Promise<void> => {
    const [result] = await publishing.publish([{ subject: `$KV.${TOKENS_BUCKET}.${key}`, ...said }]);
    if (result?.ok === false) unavailable(result.cause);
  };
  return {
    put: (key, value) => publish(key, { body: JSON.stringify(value) }),
    delete: (key) => publish(key, { headers: DELETED, body: '' }),
  };
};

const unavailable = (cause: unknown): never => {
  throw new LogFault('nats_unavailable', 'the tokens cannot be reached', { cause });
};

/** Opens a bucket that `ensureStorage` has made. Reads go to the leader, so what was just written is seen. */
export const openBucket = (link: NatsLink, name: string): Promise<KV> =>
  link.connection.jetstream().views.kv(name, { bindOnly: true, allow_direct: false });
