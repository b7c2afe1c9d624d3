/** Server-sent events: answers that go on. Each ends after a while, and is opened again by its reader. */
import type { FastifyReply } from 'fastify';

export type Streams = {
  /** Opens one; null: there are too many. The answer is its sender; `onEnd` is called once. */
  readonly open: (reply: FastifyReply, onEnd: () => void) => ((event: { id: number; data: unknown }) => void) | null;
  readonly endAll: () => void;
};

const MOST = 200;
const KEEP_ALIVE_MS = 15_000;
/** Whoever may not read any more is told so when the stream is opened again. */
const LIFE_MS = 15 * 60_000;
const MOST_WAITING_BYTES = 1_048_576;

export const streams = (): Streams => {
  const ends = new Set<() => void>();

  return {
    open: (reply, onEnd) => {
      if (ends.size >= MOST) return null;
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write(': open\n\n');
      const keepAlive = setInterval(() => raw.write(': here\n\n'), KEEP_ALIVE_MS);
      const end = (): void => {
        if (!ends.delete(end)) return;
        clearInterval(keepAlive);
        clearTimeout(life);
        onEnd();
        raw.end();
      };
      const life = setTimeout(end, LIFE_MS);
      ends.add(end);
      raw.on('close', end);
      raw.on('error', end);
      return ({ id, data }) => {
        raw.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
        // A reader that does not read is let go; it fetches what it missed.
        if (raw.writableLength > MOST_WAITING_BYTES) end();
      };
    },
    endAll: () => [...ends].forEach((end) => end()),
  };
};
