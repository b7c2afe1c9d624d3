import { headers, type Msg, type MsgHdrs } from 'nats';
import { describe, expect, it } from 'vitest';
import { headerOf, headersIn, writtenHeaders } from './written-headers.ts';

const bytesOf = (written: MsgHdrs): Buffer =>
  Buffer.from((written as unknown as { encode: () => Uint8Array }).encode());

/** A message as the client gives it: the body is a part of what was received. */
const received = (written: Buffer, body: string): Msg => {
  const whole = Buffer.concat([Buffer.from('HMSG'), written, Buffer.from(body)]);
  const data = whole.subarray(4 + written.length);
  const [subject, reply] = ['events.1', '_INBOX.1'];
  const size = (): number => subject.length + reply.length + written.length + data.length;
  return { subject, reply, data, size } as unknown as Msg;
};

describe('written headers', () => {
  const values = { 'ce-type': 'team.created', 'Nats-Msg-Id': '1.é', traceparent: '00-ab: c-01', empty: '' };

  it('are the bytes that the client would write', () => {
    const theirs = headers();
    for (const [name, value] of Object.entries(values)) theirs.set(name, value);
    expect(bytesOf(writtenHeaders(values))).toEqual(bytesOf(theirs));
  });

  it('are read back as they were said', () => {
    const read = headersIn(received(bytesOf(writtenHeaders(values)), '{}'));
    expect(Object.fromEntries(read)).toEqual(values);
    expect(Object.fromEntries(headersIn(received(bytesOf(writtenHeaders(values)), '')))).toEqual(values);
  });

  it('are read one by one as they are read together', () => {
    const bytes = Buffer.from('NATS/1.0\r\na: 1\r\nb:  c: a: 2 \r\na: 3\r\nempty: \r\nlast:x\r\n\r\n');
    const [said, header] = [headersIn(received(bytes, '{}')), headerOf(received(bytes, '{}'))];
    expect(said.size).toBe(4);
    for (const name of [...said.keys(), 'c', 'las', 'A', 'NATS/1.0']) expect(header(name)).toBe(said.get(name) ?? '');
    const theirs = headers();
    theirs.set('ce-type', 'team.created');
    const other = headerOf({ subject: 'a', data: new Uint8Array(2), headers: theirs } as unknown as Msg);
    expect([other('ce-type'), other('ce-id')]).toEqual(['team.created', '']);
  });

  it('are read from the client when their bytes are not there', () => {
    const theirs = headers();
    theirs.set('ce-type', 'team.created');
    const message = { subject: 'a', data: new Uint8Array(2), headers: theirs } as unknown as Msg;
    expect([...headersIn(message)]).toEqual([['ce-type', 'team.created']]);
    expect([...headersIn({ subject: 'a', data: new Uint8Array(2) } as unknown as Msg)]).toEqual([]);
  });

  it.each(['a\r\nb: c', 'a\nb', '\r'])('refuse a value of more than one line: %j', (value) => {
    expect(() => writtenHeaders({ name: value })).toThrow('more than one line');
  });
});
