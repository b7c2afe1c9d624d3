import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disconnects, type DisconnectReason } from './disconnect.ts';
import {
  confirm,
  confirmHistory,
  disconnect,
  identifierPrefix,
  Message,
  offsetTail,
  ping,
  pong,
  reject,
  rejectHistory,
  streamPrefix,
  welcome,
  welcomeSession,
} from './frame.ts';

const identifier = '{"channel":"RoomChannel","pubsub_token":"abc"}';
const escaped = '"{\\"channel\\":\\"RoomChannel\\",\\"pubsub_token\\":\\"abc\\"}"';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (frame: Uint8Array): string => new TextDecoder().decode(frame);

/** The protocol, as it is on the wire. Change it on purpose. */
const golden: readonly (readonly [string, string, string])[] = [
  ['welcome', welcome, '{"type":"welcome"}'],
  ['welcome to a session', welcomeSession('s-1'), '{"type":"welcome","sid":"s-1"}'],
  ['pong', pong, '{"type":"pong"}'],
  ['confirm_history', confirmHistory(identifier), `{"identifier":${escaped},"type":"confirm_history"}`],
  ['reject_history', rejectHistory(identifier), `{"identifier":${escaped},"type":"reject_history"}`],
  ['ping', ping(1_700_000_000), '{"type":"ping","message":1700000000}'],
  ['confirm', confirm(identifier), `{"identifier":${escaped},"type":"confirm_subscription"}`],
  ['reject', reject(identifier), `{"identifier":${escaped},"type":"reject_subscription"}`],
  [
    'message',
    text(new Message(bytes('{"event":"message.created","data":{}}')).frame(identifierPrefix(identifier))),
    `{"identifier":${escaped},"message":{"event":"message.created","data":{}}}`,
  ],
  [
    'message with a place',
    text(
      new Message(bytes('{"é":1}'), offsetTail(42)).frame(streamPrefix(identifier, { streamId: 'st', epoch: 'ep' })),
    ),
    `{"identifier":${escaped},"stream_id":"st","epoch":"ep","message":{"é":1},"offset":42}`,
  ],
];

const goldenDisconnects: Readonly<Record<DisconnectReason, string>> = {
  unauthorized: '{"type":"disconnect","reason":"unauthorized","reconnect":false}',
  unsupported_protocol: '{"type":"disconnect","reason":"unsupported_protocol","reconnect":false}',
  server_restart: '{"type":"disconnect","reason":"server_restart","reconnect":true}',
  remote: '{"type":"disconnect","reason":"remote","reconnect":true}',
  idle_timeout: '{"type":"disconnect","reason":"idle_timeout","reconnect":false}',
  too_many_commands: '{"type":"disconnect","reason":"too_many_commands","reconnect":true}',
  gap: '{"type":"disconnect","reason":"gap","reconnect":true}',
  too_slow: '{"type":"disconnect","reason":"too_slow","reconnect":true}',
};

describe('frame', () => {
  it.each(golden)('spells %s', (_name, frame, expected) => {
    expect(frame).toBe(expected);
  });

  it.each(Object.keys(disconnects) as DisconnectReason[])('spells disconnect for %s', (reason) => {
    expect(disconnect(reason)).toBe(goldenDisconnects[reason]);
  });

  it('echoes every identifier as the string it was', () => {
    const anyIdentifier = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(anyIdentifier, (some) => {
        const prefixes = [identifierPrefix(some), streamPrefix(some, { streamId: 's', epoch: 'e' })];
        const frames = [confirm, reject, confirmHistory, rejectHistory]
          .map((spell) => spell(some))
          .concat(prefixes.map((prefix) => text(new Message(bytes('0')).frame(prefix))));
        return frames.every((frame) => JSON.parse(frame).identifier === some);
      }),
    );
  });

  it('copies a payload byte for byte', () => {
    const payload = '{"big":12345678901234567890,"text":"{\\"a\\":1}","é":null, "spaced" : 1.0}';
    const frame = text(new Message(bytes(payload)).frame(identifierPrefix('x')));
    expect(frame).toBe(`{"identifier":"x","message":${payload}}`);
  });

  it('is the same for each subscription, whatever was made for others before', () => {
    const anyPrefix = fc.string({ unit: 'grapheme', maxLength: 700 }).map(identifierPrefix);
    fc.assert(
      fc.property(fc.array(anyPrefix, { minLength: 1 }), fc.json(), (prefixes, payload) => {
        const [message, placed] = [new Message(bytes(payload)), new Message(bytes(payload), offsetTail(7))];
        for (const prefix of prefixes) {
          expect(text(message.frame(prefix))).toBe(`${text(prefix)}${payload}}`);
          expect(text(placed.frame(prefix))).toBe(`${text(prefix)}${payload},"offset":7}`);
          expect(message.frame(prefix).length).toBe(prefix.length + message.length);
        }
      }),
    );
  });
});
