import { positionOf } from '@cablehub/events';
import type { RecordedRawEvent } from '@cablehub/log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLine, encodeLine, EVENT_PREFIX, isSameEvent } from './archive-line.ts';

const usual: RecordedRawEvent = {
  position: positionOf(7),
  recordedAt: 1_700_000_000_000,
  subject: 'events.5.69.message.3',
  headers: {
    'ce-specversion': '1.0',
    'ce-id': 'm3',
    'ce-type': 'message.created',
    'ce-source': '/api',
    'ce-time': '2026-01-01T00:00:00.000Z',
    'ce-subject': 'message/3',
    'ce-schemaversion': '1',
    'content-type': 'application/json',
    'Nats-Msg-Id': '69.m3',
  },
  body: Buffer.from('{"id":3,"content":"hé"}'),
};

const name = fc.constantFrom('ce-id', 'ce-type', 'ce-subject', 'content-type', 'Nats-Msg-Id', 'traceparent', 'X-Other');
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .constantFrom('{"b":1,"a":1.0}', ' {}', '{"a":1e400}', '{"2":0,"1":0}', 'null', '"\\ud800"')
    .map((text) => Buffer.from(text)),
);
const subject = fc.oneof(
  fc.constantFrom(
    'events.5.69.message.3',
    'events.4.69.message.3',
    'events.odd',
    'events.0.0.a.b',
    'events.5.069.a.1',
    'events.5.69.a.1.2',
    'events.NaN.NaN.a.1',
  ),
);
const anything = fc.record({
  position: fc.integer({ min: 1 }).map(positionOf),
  recordedAt: fc.nat(),
  subject,
  headers: fc.dictionary(name, fc.string()),
  body,
});

describe('a line of an archive', () => {
  it('says what an event is, and nothing twice', () => {
    expect(encodeLine(usual)).toBe(
      '{"position":7,"recordedAt":1700000000000,"accountId":69,"entity":"message","entityId":"3","id":"m3",' +
        '"type":"message.created","schemaVersion":"1","time":"2026-01-01T00:00:00.000Z","source":"/api",' +
        '"data":{"id":3,"content":"hé"}}',
    );
  });

  it('gives the same bytes back, whatever was stored', () => {
    fc.assert(
      fc.property(anything, (event) => {
        const line = encodeLine(event);
        const back = decodeLine(line);
        expect(back).not.toBeNull();
        expect({ ...back, body: Buffer.from(back!.body) }).toEqual({ ...event, body: Buffer.from(event.body) });
        expect(line.startsWith(EVENT_PREFIX)).toBe(true);
        expect(line).not.toContain('\n');
      }),
    );
  });

  it.each([
    'null',
    '{"position":0,"recordedAt":1,"subject":"events.a","data":{}}',
    '{"position":1,"recordedAt":1,"data":{}}',
    '{"position":1,"recordedAt":1,"subject":"deliveries.a","data":{}}',
    '{"position":1,"recordedAt":1,"subject":"events.a"}',
    '{"position":1,"recordedAt":1,"subject":"events.a","data":{},"data_base64":""}',
    '{"position":1,"recordedAt":1,"subject":"events.a","data":{},"more":1}',
    '{"position":1,',
  ])('is not %s', (line) => {
    expect(decodeLine(line)).toBeNull();
  });

  it('is of the same event wherever and whenever that was stored, and of no other', () => {
    expect(isSameEvent(usual, { ...usual, position: positionOf(9), recordedAt: 0 } as typeof usual)).toBe(true);
    expect(isSameEvent(usual, { ...usual, body: Buffer.from('{}') })).toBe(false);
    expect(isSameEvent(usual, { ...usual, headers: { ...usual.headers, 'X-Other': '' } })).toBe(false);
  });
});
