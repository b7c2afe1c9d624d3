import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from './command.ts';

const accepted: readonly (readonly [string, string, object])[] = [
  ['a subscribe', '{"command":"subscribe","identifier":"{}"}', { command: 'subscribe', identifier: '{}' }],
  ['an unsubscribe', '{"command":"unsubscribe","identifier":"x"}', { command: 'unsubscribe', identifier: 'x' }],
  [
    'a message whose data is a JSON string',
    '{"command":"message","identifier":"x","data":"{\\"action\\":\\"update_presence\\"}"}',
    { command: 'message', identifier: 'x', action: 'update_presence' },
  ],
  [
    'a message whose data is an object',
    '{"command":"message","identifier":"x","data":{"action":"update_presence"}}',
    { command: 'message', identifier: 'x', action: 'update_presence' },
  ],
  [
    'a message without an action as receive',
    '{"command":"message","identifier":"x","data":"{}"}',
    { command: 'message', identifier: 'x', action: 'receive' },
  ],
  [
    'a message with a blank action as receive',
    '{"command":"message","identifier":"x","data":{"action":" "}}',
    { command: 'message', identifier: 'x', action: 'receive' },
  ],
  [
    'keys it does not know',
    '{"command":"subscribe","identifier":"x","history":{"since":1}}',
    { command: 'subscribe', identifier: 'x' },
  ],
];

const refused: readonly (readonly [string, string])[] = [
  ['malformed_json', ''],
  ['malformed_json', '{"command":"subscribe"'],
  ['not_an_object', 'null'],
  ['not_an_object', '[]'],
  ['not_an_object', '"subscribe"'],
  ['unknown_command', '{}'],
  ['unknown_command', '{"command":"SUBSCRIBE","identifier":"x"}'],
  ['unknown_command', '{"command":["subscribe"],"identifier":"x"}'],
  ['missing_identifier', '{"command":"subscribe"}'],
  ['missing_identifier', '{"command":"subscribe","identifier":""}'],
  ['missing_identifier', '{"command":"subscribe","identifier":{"channel":"RoomChannel"}}'],
  ['bad_data', '{"command":"message","identifier":"x"}'],
  ['bad_data', '{"command":"message","identifier":"x","data":"update_presence"}'],
  ['bad_data', '{"command":"message","identifier":"x","data":"[]"}'],
  ['bad_data', '{"command":"message","identifier":"x","data":7}'],
  ['bad_data', '{"command":"message","identifier":"x","data":{"action":7}}'],
];

describe('decodeCommand', () => {
  it.each(accepted)('reads %s', (_what, text, command) => {
    expect(decodeCommand(text)).toEqual({ ok: true, command });
  });

  it.each(refused)('refuses as %s: %s', (reason, text) => {
    expect(decodeCommand(text)).toEqual({ ok: false, reason });
  });

  it('keeps the identifier as the string it is', () => {
    const identifier = '{ "channel" : "RoomChannel","pubsub_token":"\u00e9\\u00e9 \\/" }';
    const decoded = decodeCommand(JSON.stringify({ command: 'subscribe', identifier }));
    expect(decoded).toEqual({ ok: true, command: { command: 'subscribe', identifier } });
  });

  it('never throws, whatever text comes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof decodeCommand(text).ok === 'boolean'));
  });

  it('never throws, whatever JSON comes', () => {
    const anything = fc.record(
      {
        command: fc.oneof(fc.constantFrom('subscribe', 'unsubscribe', 'message'), fc.jsonValue()),
        identifier: fc.oneof(fc.string(), fc.jsonValue()),
        data: fc.oneof(fc.json(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(anything, (value) => typeof decodeCommand(JSON.stringify(value)).ok === 'boolean'));
  });
});
