import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from './command.ts';

const accepted: readonly (readonly [string, string, object])[] = [
  [
    'a subscribe',
    '{"command":"subscribe","identifier":"{}"}',
    { command: 'subscribe', identifier: '{}', history: null },
  ],
  ['a ping', '{"command":"ping"}', { command: 'ping' }],
  ['a pong', '{"command":"pong"}', { command: 'pong' }],
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
    '{"command":"subscribe","identifier":"x","presence":{"id":1}}',
    { command: 'subscribe', identifier: 'x', history: null },
  ],
  [
    'a subscribe with history',
    '{"command":"subscribe","identifier":"x","history":{"since":1,"streams":{"s":{"offset":7,"epoch":"e"}}}}',
    {
      command: 'subscribe',
      identifier: 'x',
      history: { kind: 'asked', since: 1, streams: [{ streamId: 's', offset: 7, epoch: 'e' }] },
    },
  ],
  [
    'a question for history',
    '{"command":"history","identifier":"x","history":{"since":1.5}}',
    { command: 'history', identifier: 'x', history: { kind: 'asked', since: 1.5, streams: [] } },
  ],
  [
    'a question for nothing',
    '{"command":"history","identifier":"x"}',
    { command: 'history', identifier: 'x', history: { kind: 'asked', since: null, streams: [] } },
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
  ['unsupported_command', '{"command":"whisper","identifier":"x","data":1}'],
  ['unsupported_command', '{"command":"join","identifier":"x","presence":{"id":1}}'],
  ['unsupported_command', '{"command":"leave","identifier":"x"}'],
  ['unsupported_command', '{"command":"presence","identifier":"x"}'],
  ['missing_identifier', '{"command":"subscribe"}'],
  ['missing_identifier', '{"command":"history"}'],
  ['missing_identifier', '{"command":"subscribe","identifier":""}'],
  ['missing_identifier', '{"command":"subscribe","identifier":{"channel":"RoomChannel"}}'],
  ['bad_data', '{"command":"message","identifier":"x"}'],
  ['bad_data', '{"command":"message","identifier":"x","data":"update_presence"}'],
  ['bad_data', '{"command":"message","identifier":"x","data":"[]"}'],
  ['bad_data', '{"command":"message","identifier":"x","data":7}'],
  ['bad_data', '{"command":"message","identifier":"x","data":{"action":7}}'],
];

const none = { kind: 'asked', since: null, streams: [] };
const histories: readonly (readonly [string, object])[] = [
  ['{}', none],
  ['{"since":0}', none],
  ['{"since":false,"streams":{}}', none],
  ['{"since":null,"streams":null}', none],
  ['{"since":-1}', { kind: 'malformed' }],
  ['{"since":"1"}', { kind: 'malformed' }],
  ['{"since":1e300}', { kind: 'malformed' }],
  ['[]', { kind: 'malformed' }],
  ['7', { kind: 'malformed' }],
  ['{"streams":[]}', { kind: 'malformed' }],
  ['{"streams":{"s":null}}', { kind: 'malformed' }],
  ['{"streams":{"s":{"offset":1}}}', { kind: 'malformed' }],
  ['{"streams":{"s":{"offset":"1","epoch":"e"}}}', { kind: 'malformed' }],
  ['{"streams":{"s":{"offset":-1,"epoch":"e"}}}', { kind: 'malformed' }],
  ['{"streams":{"s":{"offset":1.5,"epoch":"e"}}}', { kind: 'malformed' }],
  ['{"streams":{"s":{"offset":1,"epoch":"e"},"t":{"offset":2,"epoch":7}}}', { kind: 'malformed' }],
];

describe('decodeCommand', () => {
  it.each(histories)('reads the history %s', (history, expected) => {
    const decoded = decodeCommand(`{"command":"subscribe","identifier":"x","history":${history}}`);
    expect(decoded).toMatchObject({ ok: true, command: { history: expected } });
  });

  it.each(accepted)('reads %s', (_what, text, command) => {
    expect(decodeCommand(text)).toEqual({ ok: true, command });
  });

  it.each(refused)('refuses as %s: %s', (reason, text) => {
    expect(decodeCommand(text)).toEqual({ ok: false, reason });
  });

  it('keeps the identifier as the string it is', () => {
    const identifier = '{ "channel" : "RoomChannel","pubsub_token":"\u00e9\\u00e9 \\/" }';
    const decoded = decodeCommand(JSON.stringify({ command: 'subscribe', identifier }));
    expect(decoded).toEqual({ ok: true, command: { command: 'subscribe', identifier, history: null } });
  });

  it('never throws, whatever text comes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof decodeCommand(text).ok === 'boolean'));
  });

  it('never throws, whatever JSON comes', () => {
    const anything = fc.record(
      {
        command: fc.oneof(fc.constantFrom('subscribe', 'unsubscribe', 'message', 'history'), fc.jsonValue()),
        identifier: fc.oneof(fc.string(), fc.jsonValue()),
        data: fc.oneof(fc.json(), fc.jsonValue()),
        history: fc.oneof(fc.record({ since: fc.jsonValue(), streams: fc.jsonValue() }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(anything, (value) => typeof decodeCommand(JSON.stringify(value)).ok === 'boolean'));
  });
});
