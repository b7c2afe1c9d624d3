import { describe, expect, it } from 'vitest';
import { serverSentReader } from './server-sent.ts';

describe('a stream of server-sent events', () => {
  it('gives an event when its empty line has come', () => {
    const read = serverSentReader();
    expect(read('id: 7\nevent: entry\ndata: {"a"')).toEqual([]);
    expect(read(':1}\n')).toEqual([]);
    expect(read('\n')).toEqual([{ id: '7', event: 'entry', data: '{"a":1}' }]);
  });

  it('joins the lines of data', () => {
    expect(serverSentReader()('data: a\ndata: b\n\n')).toEqual([{ id: '', event: 'message', data: 'a\nb' }]);
  });

  it('takes the line ends of every system, also cut in two', () => {
    const read = serverSentReader();
    expect(read('data: a\r')).toEqual([]);
    expect(read('\n\r\ndata:b\r\n\r\n')).toEqual([
      { id: '', event: 'message', data: 'a' },
      { id: '', event: 'message', data: 'b' },
    ]);
  });

  it('says nothing for a comment', () => {
    expect(serverSentReader()(': still here\n\n')).toEqual([]);
  });
});
