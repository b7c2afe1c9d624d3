/** What is sent: a `message` of the cable in a given size, as the projector would have encoded it. */

/** A payload of `bytes` bytes: the start of a `message.created`, filled up. */
export const payloadOf = (bytes: number, id = 1): Uint8Array => {
  const start = `{"event":"message.created","data":{"id":${id},"account_id":1,"conversation_id":1,"content":"`;
  const end = '"}}';
  return new TextEncoder().encode(`${start}${'x'.repeat(Math.max(0, bytes - start.length - end.length))}${end}`);
};
