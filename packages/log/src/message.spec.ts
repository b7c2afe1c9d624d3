import type { NewEvent } from '@cablehub/events';
import { anyEvent, newEvent } from '@cablehub/events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent, messageIdOf, type StoredMessage } from './message.ts';

const stored = (event: NewEvent, changed: Readonly<Record<string, string>> = {}): StoredMessage => {
  const { subject, headers, body } = encodeEvent(event);
  const said: Readonly<Record<string, string>> = { ...headers, ...changed };
  return { subject, header: (name) => said[name] ?? '', body: () => JSON.parse(body), position: 41, recordedAt: 1_000 };
};

describe('message', () => {
  const seen = newEvent(
    'conversation.contact_seen',
    { id: 12, performer_id: 5 },
    { id: 'e-1', accountId: 65, source: '/api' },
  );

  it('is a CloudEvent in binary mode', () => {
    expect(encodeEvent(seen)).toEqual({
      subject: 'events.1.65.conversation.12',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'e-1',
        'ce-type': 'conversation.contact_seen',
        'ce-source': '/api',
        'ce-time': '2024-03-01T12:00:00.000Z',
        'ce-subject': 'conversation/12',
        'ce-schemaversion': '1',
        'content-type': 'application/json',
      },
      body: '{"id":12,"performer_id":5}',
    });
  });

  it('carries a trace when the event has one', () => {
    const traced = { ...seen, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    expect(encodeEvent(traced).headers).toMatchObject({ traceparent: traced.traceparent });
  });

  it('is recognised by the account and id of its event', () => {
    expect(messageIdOf(seen)).toBe('65.e-1');
  });

  it('gives any event back as it was, with its place', () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        expect(decodeEvent(stored(event))).toEqual({ ...event, position: 41, recordedAt: 1_000 });
      }),
      { numRuns: 500 },
    );
  });

  it('is read in today’s shape, whatever shape it was written in', () => {
    const old = { ...stored(newEvent('message.created', { id: 1, conversation_id: 2, message_type: 'incoming' })) };
    const header = (name: string): string => (name === 'ce-schemaversion' ? '1' : old.header(name));
    const body = (): unknown => ({ id: 1, conversation_id: 2, message_type: 'incoming', content_type: null });
    expect(decodeEvent({ ...old, header, body })).toMatchObject({ data: { content_type: 'text' } });
  });

  it.each([
    [{ 'ce-type': 'conversation.translated' }, 'unknown event type "conversation.translated"'],
    [{ 'ce-type': 'toString' }, 'unknown event type "toString"'],
    [{ 'ce-type': '' }, 'unknown event type ""'],
    [{ 'ce-schemaversion': '2' }, 'conversation.contact_seen has schema version 2; this hub reads up to 1'],
    [{ 'ce-schemaversion': '' }, 'conversation.contact_seen does not say its schema version'],
    [{ 'ce-schemaversion': '0' }, 'conversation.contact_seen does not say its schema version'],
    [{ 'ce-schemaversion': 'one' }, 'conversation.contact_seen does not say its schema version'],
  ])('keeps its place when it cannot be read: %o', (changed, reason) => {
    const place = { position: 41, recordedAt: 1_000, accountId: 65 };
    expect(decodeEvent(stored(seen, changed))).toEqual({ type: 'unreadable', ...place, reason });
  });

  it.each(['', 'not JSON', '[1]', 'null', '"text"', '7'])('is unreadable with the body %j', (body) => {
    const reason = 'the data of conversation.contact_seen is not a JSON object';
    const message = { ...stored(seen), body: (): unknown => JSON.parse(body) };
    expect(decodeEvent(message)).toMatchObject({ type: 'unreadable', reason });
  });
});
