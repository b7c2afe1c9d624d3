import { identifierPrefix, Message } from '@cablehub/cable';
import { createMetrics } from '@cablehub/process';
import { describe, expect, it, vi } from 'vitest';
import { Connection, createFlusher, type CloseReason, type Socket } from './connection.ts';
import { createGatewayMetrics } from './metrics.ts';

/** A WebSocket that writes down what is done to it. */
const open = () => {
  const done: string[] = [];
  let takes = Infinity;
  let buffered = 0;
  const ws: Socket = {
    cork: (write) => {
      done.push('cork');
      write();
      return ws as ReturnType<Socket['cork']>;
    },
    send: (frame) => {
      done.push(typeof frame === 'string' ? frame : new TextDecoder().decode(frame as Uint8Array));
      buffered = Math.max(0, buffered + (frame as string).length - takes);
      takes = Math.max(0, takes - (frame as string).length);
      return buffered > 0 ? 0 : 1;
    },
    ping: () => done.push('native ping'),
    end: (code, reason) => {
      done.push(`end ${code} ${String(reason)}`);
      connection.closed();
    },
    close: () => {
      done.push('cut');
      reason = connection.closed();
    },
    getBufferedAmount: () => buffered,
  };
  const metrics = createGatewayMetrics(createMetrics());
  const connection = new Connection(ws, { flusher: createFlusher(), metrics, sendBufferBytes: 100 }, 0);
  let reason: CloseReason | null = null;
  return {
    connection,
    done,
    /** Why it was cut. */
    reason: () => reason,
    /** The peer stops reading. */
    pause: () => void (takes = 0),
    /** The peer takes so many of the bytes that are buffered. */
    take: (bytes: number, now = 0) => {
      buffered = Math.max(0, buffered - bytes);
      connection.drained(now);
    },
  };
};

/** Its turn, with a sign of life as short as can be. */
const sign = (connection: Connection, now: number, reached = 0): void => connection.sign('p', now, () => reached);

const letters = (done: readonly string[]): string[] => done.filter((one) => one.length === 60).map((one) => one[0]!);

describe('a connection', () => {
  it('writes the frames of one tick under one cork, in order', async () => {
    const { connection, done } = open();
    connection.send('{"type":"welcome"}');
    connection.deliver(identifierPrefix('x'), new Message(new TextEncoder().encode('1')));
    expect(done).toEqual([]);
    await vi.waitFor(
      () => expect(done).toEqual(['cork', '{"type":"welcome"}', '{"identifier":"x","message":1}']),
      4_000,
    );
  });

  it('writes until more than its limit is buffered, and goes on in order when its reader has taken some', () => {
    const { connection, done, pause, take } = open();
    pause();
    for (const name of 'abcdef') connection.send(name.repeat(60));
    connection.flush();
    expect(letters(done)).toEqual(['a', 'b']);
    connection.send('g'.repeat(60));
    connection.flush();
    expect(letters(done)).toEqual(['a', 'b']);
    take(60);
    expect(letters(done)).toEqual(['a', 'b', 'c']);
    for (let n = 0; n < 4; n++) take(120);
    expect(letters(done)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(done).not.toContain('cut');
  });

  it('is cut at once when eight times its limit waits, and not before', () => {
    const { connection, done, pause, reason } = open();
    pause();
    for (let n = 0; n < 8; n++) connection.send('x'.repeat(100));
    connection.flush();
    expect(done).not.toContain('cut');
    connection.send('x');
    connection.flush();
    expect(done.at(-1)).toBe('cut');
    expect(reason()).toBe('too_slow');
  });

  it('is cut when more than its limit waits and nothing is taken for ten seconds', () => {
    const { connection, done, pause, take, reason } = open();
    pause();
    for (let n = 0; n < 7; n++) connection.send('x'.repeat(100));
    connection.flush();
    for (let now = 0; now < 30_000; now += 3_000) {
      sign(connection, now);
      take(1, now);
    }
    expect(done).not.toContain('cut');
    for (let now = 30_000; now < 40_000; now += 3_000) sign(connection, now);
    expect(done).not.toContain('cut');
    sign(connection, 40_000);
    expect(done.at(-1)).toBe('cut');
    expect(reason()).toBe('too_slow');
  });

  it('stays while what is buffered is within its limit', () => {
    const { connection, done, pause } = open();
    pause();
    connection.send('x'.repeat(80));
    connection.flush();
    for (let now = 0; now <= 40_000; now += 3_000) sign(connection, now);
    expect(done).not.toContain('cut');
  });

  it('sends no probe that would overtake what waits', () => {
    const { connection, done, pause, take } = open();
    pause();
    for (let n = 0; n < 3; n++) connection.send('x'.repeat(100));
    connection.flush();
    sign(connection, 16_000, 7);
    expect(done).not.toContain('native ping');
    take(300, 17_000);
    take(101, 18_000);
    sign(connection, 19_000, 7);
    expect(done.slice(-5)).toEqual(['x'.repeat(100), 'p', 'cork', 'p', 'native ping']);
  });

  it('lets whoever asks for room go on when half of its limit is free, however much waited', async () => {
    const { connection, pause, take } = open();
    pause();
    for (let n = 0; n < 3; n++) connection.send('x'.repeat(100));
    const told = vi.fn();
    const room = connection.room().then(told);
    take(100);
    take(100);
    take(49);
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
    take(1);
    await room;
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

  it('says all that waits before it closes, however much that is', () => {
    const { connection, done, pause } = open();
    pause();
    for (const name of 'abcd') connection.send(name.repeat(60));
    connection.flush();
    connection.close('gap');
    expect(letters(done.slice(0, -2))).toEqual(['a', 'b', 'c', 'd']);
    expect(done.at(-1)).toBe('end 1012 gap');
  });

  it('probes a silent peer, and cuts it when it stays silent', () => {
    const { connection, done, reason } = open();
    for (let now = 0; now <= 45_000; now += 3_000) sign(connection, now);
    expect(done.filter((one) => one === 'native ping')).toHaveLength(3);
    sign(connection, 45_001);
    expect(done.at(-1)).toBe('cut');
    expect(reason()).toBe('silent');
  });

  it('knows what its peer has got only by the answer to a probe sent after it', () => {
    const { connection } = open();
    sign(connection, 15_000, 7);
    connection.heard(16_000);
    expect(connection.proven).toBe(0);
    connection.answered(17_000);
    expect(connection.proven).toBe(7);
    expect(connection).toMatchObject({ probesSent: 1, probesAnswered: 1 });
    sign(connection, 30_000, 9);
    expect(connection).toMatchObject({ probesSent: 2, probesAnswered: 1 });
    sign(connection, 45_000, 12);
    connection.answered(46_000);
    expect(connection.proven).toBe(9);
    expect(connection).toMatchObject({ probesSent: 2, probesAnswered: 2 });
  });

  it('gives its sign of life at once, and behind what waits', () => {
    const { connection, done } = open();
    sign(connection, 1_000);
    expect(done).toEqual(['p']);
    connection.send('1');
    sign(connection, 4_000);
    expect(done).toEqual(['p', 'cork', '1', 'p']);
  });

  it('closes without a frame when the client shall resume', () => {
    const { connection, done } = open();
    connection.closeBare('server_restart');
    expect(done).toEqual(['end 1012 server_restart']);
  });

  it('leaves a peer alone that answers', () => {
    const { connection, done } = open();
    for (let now = 0; now <= 300_000; now += 3_000) {
      sign(connection, now);
      connection.heard(now);
    }
    expect(done).not.toContain('cut');
  });
});
