import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIdentifier } from './identifier.ts';

const room = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ channel: 'RoomChannel', pubsub_token: 'token-of-somebody', ...fields });

const contact = { kind: 'contact', pubsubToken: 'token-of-somebody' };
const agent = { kind: 'agent', pubsubToken: 'token-of-somebody', accountId: 1, userId: 5 };

const accepted: readonly (readonly [string, string, object])[] = [
  ['a token alone is a customer session', room({}), contact],
  ['an empty user_id is a customer session', room({ user_id: '' }), contact],
  ['a blank user_id is a customer session', room({ user_id: '  ' }), contact],
  ['a null user_id is a customer session', room({ user_id: null }), contact],
  ['a customer session needs no account and its account is ignored', room({ account_id: 'x' }), contact],
  ['numbers make an agent', room({ account_id: 1, user_id: 5 }), agent],
  ['numeric strings make an agent', room({ account_id: '1', user_id: '5' }), agent],
  ['keys that are not known are ignored', room({ account_id: 1, user_id: 5, tab: 3 }), agent],
];

const refused: readonly (readonly [string, string])[] = [
  ['malformed_identifier', ''],
  ['malformed_identifier', 'RoomChannel'],
  ['malformed_identifier', '"RoomChannel"'],
  ['malformed_identifier', '[1]'],
  ['unknown_channel', '{}'],
  ['unknown_channel', room({ channel: 'RoomsChannel' })],
  ['unknown_channel', room({ channel: { name: 'RoomChannel' } })],
  ['missing_token', '{"channel":"RoomChannel"}'],
  ['missing_token', room({ pubsub_token: '' })],
  ['missing_token', room({ pubsub_token: ' ' })],
  ['missing_token', room({ pubsub_token: null })],
  ['missing_token', room({ pubsub_token: 7 })],
  ['missing_token', room({ pubsub_token: ['a'] })],
  ['bad_user_id', room({ account_id: 1, user_id: 'five' })],
  ['bad_user_id', room({ account_id: 1, user_id: 0 })],
  ['bad_user_id', room({ account_id: 1, user_id: 1.5 })],
  ['bad_user_id', room({ account_id: 1, user_id: true })],
  ['bad_user_id', room({ account_id: 1, user_id: '9999999999999999' })],
  ['bad_account_id', room({ user_id: 5 })],
  ['bad_account_id', room({ account_id: '', user_id: 5 })],
  ['bad_account_id', room({ account_id: -1, user_id: 5 })],
  ['bad_account_id', room({ account_id: '1e3', user_id: 5 })],
];

describe('decodeIdentifier', () => {
  it.each(accepted)('reads: %s', (_rule, identifier, expected) => {
    expect(decodeIdentifier(identifier)).toEqual({ ok: true, room: expected });
  });

  it.each(refused)('refuses as %s: %s', (reason, identifier) => {
    expect(decodeIdentifier(identifier)).toEqual({ ok: false, reason });
  });

  it('never throws, and never makes a room without a token', () => {
    const fields = fc.record(
      { pubsub_token: fc.jsonValue(), account_id: fc.jsonValue(), user_id: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const identifiers = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fields.map((some) => JSON.stringify({ channel: 'RoomChannel', ...some })),
    );
    fc.assert(
      fc.property(identifiers, (identifier) => {
        const decoded = decodeIdentifier(identifier);
        return !decoded.ok || decoded.room.pubsubToken.trim() !== '';
      }),
    );
  });
});
