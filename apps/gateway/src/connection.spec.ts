import { identifierPrefix } from '@cablehub/cable';
import { createMetrics } from '@cablehub/process';
import { describe, expect, it, vi } from 'vitest';
import { Connection, createFlusher, type Socket } from './connection.ts';
import { createGatewayMetrics } from './metrics.ts';

/** A WebSocket that writes down what is done to it. */
const open = (options: { readonly buffered?: (sent: number) => number } = {}) => {
  const done: string[] = [];
  let sent = 0;
  const buffered = (): number => options.buffered?.(sent) ?? 0;
  const ws: Socket = {
    cork: (write) => {
      done.push('cork');
      write();
      return ws as ReturnType<Socket['cork']>;
    },
    send: (frame) => {
      done.push(typeof frame === 'string' ? frame : new TextDecoder().decode(frame as Uint8Array));
      sent += 1;
      return buffered() > 0 ? 0 : 1;
    },
    ping: () => done.push('native ping'),
    end: (code, reason) => {
      done.push(`end ${code} ${String(reason)}`);
      connection.closed();
    },
    close: () => done.push('cut'),
    getBufferedAmount: buffered,
  };
  const metrics = createGatewayMetrics(createMetrics());
  const connection = new Connection({ ws, flusher: createFlusher(), metrics, sendBufferBytes: 100 }, 0);
  return { connection, done };
};

describe('a connection', () => {
  it('writes the frames of one tick under one cork, in order', async () => {
    const { connection, done } = open();
    connection.send('{"type":"welcome"}');
    connection.deliver({ prefix: identifierPrefix('x'), payload: new TextEncoder().encode('1') });
    expect(done).toEqual([]);
    await vi.waitFor(() => expect(done).toEqual(['cork', '{"type":"welcome"}', '{"identifier":"x","message":1}']));
  });

  it('is cut when more is buffered than it may, and writes no more', () => {
    const { connection, done } = open({ buffered: (sent) => (sent >= 2 ? 101 : 0) });
    for (const frame of ['1', '2', '3']) connection.send(frame);
    connection.flush();
    expect(done).toEqual(['cork', '1', '2', 'cut']);
    expect(connection.closed()).toBe('too_slow');
  });

  it('stays while what is buffered is within its limit', () => {
    const { connection, done } = open({ buffered: () => 100 });
    connection.send('1');
    connection.flush();
    expect(done).toEqual(['cork', '1']);
  });

  it('says what waits and why before it closes, and nothing after', () => {
    const { connection, done } = open();
    connection.send('1');
    connection.close('server_restart');
    connection.send('2');
    connection.flush();
    connection.close('idle_timeout');
    expect(done).toEqual([
      'cork',
      '1',
      '{"type":"disconnect","reason":"server_restart","reconnect":true}',
      'end 1001 server_restart',
    ]);
    expect(connection.closed()).toBe('server_restart');
  });

  it('probes a silent peer, and cuts it when it stays silent', () => {
    const { connection, done } = open();
    for (let now = 0; now <= 45_000; now += 3_000) connection.probe(now);
    expect(done).toEqual(['native ping', 'native ping', 'native ping']);
    connection.probe(45_001);
    expect(done.at(-1)).toBe('cut');
    expect(connection.closed()).toBe('silent');
  });

  it('knows what its peer has got only by the answer to a probe sent after it', () => {
    const { connection } = open();
    connection.probe(15_000, 7);
    connection.heard(16_000);
    expect(connection.proven).toBe(0);
    connection.answered(17_000);
    expect(connection.proven).toBe(7);
    connection.probe(30_000, 9);
    connection.probe(45_000, 12);
    connection.answered(46_000);
    expect(connection.proven).toBe(9);
  });

  it('closes without a frame when the client shall resume', () => {
    const { connection, done } = open();
    connection.closeBare('server_restart');
    expect(done).toEqual(['end 1012 server_restart']);
  });

  it('leaves a peer alone that answers', () => {
    const { connection, done } = open();
    for (let now = 0; now <= 300_000; now += 3_000) {
      connection.probe(now);
      connection.heard(now);
    }
    expect(done).not.toContain('cut');
  });
});
