/** Signals that go out at the end of the turn in which they were given: thousands in one write, where each would take one. */
import type { NatsConnection } from 'nats';

/** Publishes soon, in the order given. What is left when the connection closes is dropped, as signals are. */
export type SendSoon = (subject: string, body: Uint8Array) => void;

export const sendingTogether = (connection: Pick<NatsConnection, 'publish' | 'isClosed' | 'isDraining'>): SendSoon => {
  let waiting: { readonly subject: string; readonly body: Uint8Array }[] = [];
  const send = (): void => {
    const now = waiting;
    waiting = [];
    if (connection.isClosed() || connection.isDraining()) return;
    for (const { subject, body } of now) connection.publish(subject, body);
  };
  return (subject, body) => {
    if (waiting.push({ subject, body }) === 1) setImmediate(send);
  };
};
