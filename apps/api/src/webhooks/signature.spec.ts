import { readSettings, SettingsError } from '@cablehub/process';
import { describe, expect, it } from 'vitest';
import { isTrustworthy, SIGNATURE_WINDOW_MS, webhookSettings, type WebhookSecret } from './signature.ts';
import { signed } from './webhooks.fixture.ts';

const NOW = 1_767_607_200_000;
const BODY = '{"event":"message_created"}';
const read = (value: string): readonly WebhookSecret[] =>
  readSettings(webhookSettings, { WEBHOOK_SECRETS: value }).WEBHOOK_SECRETS;

const trusts = (secrets: readonly WebhookSecret[], headers: Readonly<Record<string, string>>, body = BODY): boolean =>
  isTrustworthy(secrets, {
    accountId: 1 as never,
    body: Buffer.from(body),
    timestamp: headers['x-chatwoot-timestamp'],
    signature: headers['x-chatwoot-signature'],
    now: NOW,
  });

describe('WEBHOOK_SECRETS', () => {
  it('is a list of secrets, each for one account or for all', () => {
    expect(read('first-secret, s+/cond=secret@42')).toEqual([
      { secret: 'first-secret' },
      { secret: 's+/cond=secret', accountId: 42 },
    ]);
    expect(read('')).toEqual([]);
  });

  it.each(['short', 'has spaces inside', 'first-secret@', 'first-secret@0', 'first-secret@x'])(
    'refuses %j and does not repeat it',
    (secret) => {
      expect(() => read(`first-secret,${secret}`)).toThrow(SettingsError);
      expect(() => read(`first-secret,${secret}`)).toThrow(/WEBHOOK_SECRETS: item 2 /);
      expect(() => read(`first-secret,${secret}`)).not.toThrow(`"${secret}"`);
    },
  );
});

describe('the signature of a webhook', () => {
  const secrets = read('of-all-accounts,of-account-two@2');

  it('is needed once there is a secret', () => {
    expect(trusts([], {})).toBe(true);
    expect(trusts(secrets, {})).toBe(false);
    expect(trusts(secrets, signed('of-all-accounts', BODY, NOW))).toBe(true);
  });

  it('is right for one body, one secret of the account and some minutes', () => {
    const headers = signed('of-all-accounts', BODY, NOW);
    expect(trusts(secrets, headers, `${BODY} `)).toBe(false);
    expect(trusts(secrets, { ...headers, 'x-chatwoot-timestamp': String(NOW / 1_000 + 1) })).toBe(false);
    expect(trusts(secrets, signed('of-account-two', BODY, NOW))).toBe(false);
    expect(trusts(secrets, signed('another-secret', BODY, NOW))).toBe(false);
    for (const offset of [-SIGNATURE_WINDOW_MS, SIGNATURE_WINDOW_MS])
      expect(trusts(secrets, signed('of-all-accounts', BODY, NOW + offset))).toBe(true);
    for (const offset of [-SIGNATURE_WINDOW_MS - 1_000, SIGNATURE_WINDOW_MS + 1_000])
      expect(trusts(secrets, signed('of-all-accounts', BODY, NOW + offset))).toBe(false);
  });

  it.each(['', 'sha256=', 'sha256=00', 'sha1=0000', 'nonsense'])('is not %j', (signature) => {
    expect(trusts(secrets, { ...signed('of-all-accounts', BODY, NOW), 'x-chatwoot-signature': signature })).toBe(false);
  });
});
