import { randomUUID } from 'node:crypto';
import type { AccountId } from '@cablehub/events';
import { anyEvent } from '@cablehub/events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleEvent } from './documents/examples.ts';
import { eventTypes } from './documents/openapi.ts';
import { MAX_DEPTH, readBatch, type BatchContext } from './event-batch.ts';
import { readJson, readLines } from './submission.ts';

const context: BatchContext = {
  accountId: 1 as AccountId,
  now: '2024-03-01T12:00:00.000Z',
  newId: () => 'made-here',
};
const read = (body: unknown, rest: Partial<BatchContext> = {}) => {
  const submission = readJson(JSON.stringify(body));
  if (!submission.ok) throw new Error(submission.detail);
  return readBatch(submission.items, { ...context, ...rest });
};
const pointers = (body: unknown): readonly string[] => {
  const batch = read(body);
  return batch.ok ? [] : batch.errors.map(({ pointer }) => pointer);
};
const jane = { type: 'contact.created', data: { id: 12, name: 'jane' } };

describe('a batch', () => {
  it('gives an event an id, a time, its account and its source', () => {
    expect(read(jane)).toMatchObject({
      ok: true,
      events: [
        {
          pointer: '',
          event: { id: 'made-here', time: context.now, accountId: 1, source: '/api', type: 'contact.created' },
        },
      ],
    });
  });

  it('fills in what the data leaves out', () => {
    const batch = read(jane);
    expect(batch.ok && batch.events[0]?.event.data).toMatchObject({ email: null, custom_attributes: {} });
  });

  it('keeps the id, expected version and trace of an event, and its time in UTC', () => {
    const given = { ...jane, id: 'x', time: '2021-07-23T22:43:14+05:30', expected_version: 0, entity_id: 12 };
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(read([given], { traceparent })).toMatchObject({
      ok: true,
      events: [
        { pointer: '/0', expectedVersion: 0, event: { id: 'x', time: '2021-07-23T17:13:14.000Z', traceparent } },
      ],
    });
  });

  it.each(eventTypes)('takes the example of %s', (type) => {
    expect(read({ ...exampleEvent(type), id: randomUUID() })).toMatchObject({ ok: true });
  });

  it('takes every event there can be', () => {
    fc.assert(
      fc.property(anyEvent(), ({ type, data, id, time }) => {
        const batch = read({ type, data, id, time });
        expect(batch.ok && batch.events[0]?.event).toMatchObject({ type, data, id, time });
      }),
    );
  });

  it('takes the data of account.created as being about the account of the path', () => {
    expect(read({ type: 'account.created', data: { name: 'Acme' }, entity_id: 1 }).ok).toBe(true);
    expect(pointers({ type: 'account.created', data: { name: 'Acme' }, entity_id: 2 })).toEqual(['/entity_id']);
  });
});

describe('a batch that is not right', () => {
  it('is empty', () => expect(pointers([])).toEqual(['']));

  it.each<[string, unknown, readonly string[]]>([
    ['no object', 7, ['']],
    ['nothing in it', {}, ['/type', '/data']],
    ['an unknown type', { type: 'contact.vanished', data: {} }, ['/type']],
    ['a type that is everywhere', { type: 'toString', data: {} }, ['/type']],
    ['no data', { type: 'contact.created' }, ['/data']],
    ['a key nobody knows', { ...jane, colour: 'red' }, ['/colour']],
    ['a key of the data nobody knows', { ...jane, data: { ...jane.data, 'a/b~c': 1 } }, ['/data/a~1b~0c']],
    ['an id with a space', { ...jane, id: 'a b' }, ['/id']],
    ['an id that is too long', { ...jane, id: 'x'.repeat(129) }, ['/id']],
    ['a time that is none', { ...jane, time: 'yesterday' }, ['/time']],
    ['a time before the year 0', { ...jane, time: '0000-01-01T00:00:00+23:59' }, ['/time']],
    ['a negative version', { ...jane, expected_version: -1 }, ['/expected_version']],
    ['a version with a fraction', { ...jane, expected_version: 1.5 }, ['/expected_version']],
    ['an entity the data is not about', { ...jane, entity_id: 13 }, ['/entity_id']],
    ['an entity with no id', { ...jane, entity_id: 0 }, ['/entity_id']],
    [
      'several fields',
      { type: 'message.created', id: '', data: { id: 0, content_type: 'A B', sender: { type: 'Ghost' } } },
      ['/id', '/data/id', '/data/conversation_id', '/data/message_type', '/data/content_type', '/data/sender/type'],
    ],
  ])('has %s', (_what, body, expected) => {
    expect(pointers(body)).toEqual(expected);
  });

  it('is told of every event in it', () => {
    expect(pointers([jane, { ...jane, id: 'a b' }, jane, { type: 'nothing', data: {} }])).toEqual(['/1/id', '/3/type']);
  });

  it('says plainly that something is missing', () => {
    expect(read({ type: 'contact.created', data: { name: 'jane' } })).toEqual({
      ok: false,
      errors: [{ pointer: '/data/id', detail: 'is required' }],
    });
  });

  it('uses an id twice, even for the same event', () => {
    const errors = [{ pointer: '/2/id', detail: 'is the id of /0 too; an id may be used once in a batch' }];
    expect(read([{ ...jane, id: 'x' }, jane, { ...jane, id: 'x' }])).toEqual({ ok: false, errors });
  });

  it('is nested deeper than anything can read', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
    const deep = (depth: number): unknown => ({ ...jane, data: { ...jane.data, custom_attributes: nested(depth) } });
    expect(pointers(deep(MAX_DEPTH))).toEqual(['']);
    expect(pointers(deep(MAX_DEPTH - 2))).toEqual([]);
  });

  it('lists a hundred errors of one value and counts the rest', () => {
    const members = { type: 'inbox.members_changed', data: { id: 1, added: Array.from({ length: 150 }, () => 0) } };
    const batch = read(members);
    expect(batch.ok ? [] : batch.errors).toHaveLength(101);
    expect(batch.ok ? [] : batch.errors.at(-1)).toEqual({ pointer: '/data', detail: 'and 50 more' });
  });
});

describe('lines', () => {
  it('are events with their index as pointer and their line beside it, blank ones skipped', () => {
    const lines = `\n${JSON.stringify(jane)}\r\n \n{"type":"nothing","data":{}}\n`;
    const submission = readLines(lines);
    expect(submission).toMatchObject({
      ok: true,
      items: [
        { pointer: '/0', line: 2 },
        { pointer: '/1', line: 4 },
      ],
    });
    const batch = readBatch(submission.ok ? submission.items : [], context);
    expect(batch).toMatchObject({ ok: false, errors: [{ pointer: '/1/type', line: 4 }] });
  });

  it('that are not JSON are named', () => {
    expect(readLines(`${JSON.stringify(jane)}\n{"type"\n`)).toMatchObject({ ok: false, line: 2 });
  });

  it('cannot reach into what every object inherits', () => {
    expect(readLines('{"__proto__":{"type":"x"}}')).toMatchObject({ ok: false, line: 1 });
  });
});
