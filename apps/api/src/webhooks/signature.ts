/**
 * Whether a webhook comes from who knows the secret: newer installations sign `<timestamp>.<body>` with HMAC-SHA256.
 *
 * Secrets and signatures are in no message.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { accountId, type AccountId } from '@cablehub/events';
import { list } from '@cablehub/process';

/** What webhooks are signed with: of one account, or of all when it names none. */
export type WebhookSecret = { readonly secret: string; readonly accountId?: AccountId };

const readSecret = (item: string): WebhookSecret | null => {
  const [, secret, account] = /^([\x21-\x3f\x41-\x7e]{8,256})(?:@([1-9]\d*))?$/.exec(item) ?? [];
  if (secret === undefined) return null;
  if (account === undefined) return { secret };
  const parsed = accountId.safeParse(Number(account));
  return parsed.success ? { secret, accountId: parsed.data } : null;
};

/** Never says what it was given: an error message is no place for a secret. */
const secretList = list.transform((items, context): readonly WebhookSecret[] => {
  const secrets = items.map(readSecret);
  for (const [index, secret] of secrets.entries()) {
    if (secret !== null) continue;
    const message = `item ${index + 1} must be a secret of 8 to 256 characters without spaces and "@", or secret@account_id`;
    context.addIssue({ code: 'custom', message });
  }
  return secrets.filter((secret) => secret !== null);
});

export const webhookSettings = {
  /** What webhooks are signed with: `secret` (every account) or `secret@account_id`, with commas between. Unset: they need no signature. */
  WEBHOOK_SECRETS: secretList,
} as const;

export type Signed = {
  readonly accountId: AccountId;
  /** The body as it came. */
  readonly body: Buffer;
  /** `X-Chatwoot-Timestamp`: seconds since 1970. */
  readonly timestamp: string | undefined;
  /** `X-Chatwoot-Signature`: `sha256=<hexadecimal>`. */
  readonly signature: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** A signature is good for this long before and after its time: one that is overheard cannot be used for ever. */
export const SIGNATURE_WINDOW_MS = 300_000;

/** True also when no secrets are set. With one set, for whatever account, every webhook must be signed. */
export const isTrustworthy = (secrets: readonly WebhookSecret[], signed: Signed): boolean => {
  if (secrets.length === 0) return true;
  const { accountId: account, body, timestamp = '', signature = '', now } = signed;
  const [, given] = /^sha256=([0-9a-f]{64})$/i.exec(signature) ?? [];
  if (given === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1_000) > SIGNATURE_WINDOW_MS) return false;
  const mine = secrets.filter((one) => one.accountId === undefined || one.accountId === account);
  // All are compared: the time taken does not tell which one came near.
  return (
    mine.filter(({ secret }) => timingSafeEqual(digest(secret, timestamp, body), Buffer.from(given, 'hex'))).length > 0
  );
};

const digest = (secret: string, timestamp: string, body: Buffer): Buffer =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
