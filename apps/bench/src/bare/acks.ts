/** JetStream publishing as bare as it can be: core messages with a reply subject, and acknowledgements that are counted. */
import type { MsgHdrs, NatsConnection } from 'nats';

export type Acks = {
  /** Where the acknowledgements of what is published are wanted. */
  readonly reply: string;
  /** One more is on its way. */
  readonly sent: () => void;
  readonly waiting: () => number;
  /** Resolves when no more than this many are on their way. Rejects when one was refused. */
  readonly downTo: (most: number) => Promise<void>;
};

export const countedAcks = (nats: NatsConnection, inbox: string): Acks => {
  let waiting = 0;
  let refused: Error | null = null;
  let want: { readonly most: number; readonly resolve: () => void; readonly reject: (why: Error) => void } | null =
    null;
  nats.subscribe(inbox, {
    callback: (error, { data }) => {
      waiting--;
      // `{"error":` or `{"stream":`; more is not looked at.
      if (error !== null || data[2] === 0x65) refused = new Error(`refused: ${Buffer.from(data).toString()}`);
      if (want === null) return;
      const { most, resolve, reject } = want;
      if (refused !== null) reject(refused);
      else if (waiting <= most) resolve();
      else return;
      want = null;
    },
  });
  return {
    reply: inbox,
    sent: () => void waiting++,
    waiting: () => waiting,
    downTo: (most) =>
      waiting <= most ? Promise.resolve() : new Promise((resolve, reject) => (want = { most, resolve, reject })),
  };
};

/** What the client takes for headers: already written. Names and values are ours, and clean. */
export const writtenHeaders = (pairs: readonly (readonly [string, string])[]): MsgHdrs => {
  let text = 'NATS/1.0\r\n';
  for (const [name, value] of pairs) text += `${name}: ${value}\r\n`;
  const bytes = Buffer.from(`${text}\r\n`);
  return { encode: () => bytes } as unknown as MsgHdrs;
};
