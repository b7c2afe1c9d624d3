/**
 * The headers of a NATS message as bytes, written and read without the client's collection of them: that takes longer than everything
 * else that is done with a message.
 */
import { ErrorCode, NatsError, type Msg, type MsgHdrs } from 'nats';

const VERSION = 'NATS/1.0';

/** What the client publishes as headers, encoded once. Faults: a NatsError for a value of more than one line. */
export const writtenHeaders = (values: Readonly<Record<string, string>>): MsgHdrs => {
  let text = `${VERSION}\r\n`;
  for (const name in values) text += `${name}: ${oneLine(values[name]!)}\r\n`;
  const bytes = Buffer.from(`${text}\r\n`);
  // The client asks headers for nothing else when it sends them.
  return { encode: () => bytes } satisfies { encode: () => Uint8Array } as unknown as MsgHdrs;
};

const oneLine = (value: string): string => {
  if (/[\r\n]/.test(value))
    throw new NatsError('a header cannot have a value of more than one line', ErrorCode.BadHeader);
  return value.trim();
};

/** What a message's headers say, by name as it was written; the first of several values. Nothing for a name that is not there. */
export const headersIn = (message: Msg): ReadonlyMap<string, string> => {
  const bytes = bytesOf(message);
  return bytes === null ? listed(message) : parsed(bytes.toString('utf8'));
};

/**
 * What one header after the other says, each looked for when it is asked for: the first of several values, '' for a name that is not
 * there. For whoever wants to know a few of many.
 */
export const headerOf = (message: Msg): ((name: string) => string) => {
  const bytes = bytesOf(message);
  if (bytes === null) {
    const found = listed(message);
    return (name) => found.get(name) ?? '';
  }
  const text = bytes.toString('utf8');
  return (name) => {
    const at = text.indexOf(`\r\n${name}:`);
    if (at < 0) return '';
    const from = at + name.length + 3;
    return text.slice(from, text.indexOf('\r\n', from)).trim();
  };
};

/** The bytes before the body, where the client left them; null when they are not there. */
const bytesOf = (message: Msg): Buffer | null => {
  const { data, subject, reply = '' } = message;
  const size = (message as { readonly size?: () => number }).size?.() ?? 0;
  const length = size - subject.length - reply.length - data.length;
  if (length < VERSION.length || data.byteOffset < length) return null;
  const bytes = Buffer.from(data.buffer, data.byteOffset - length, length);
  return bytes.toString('latin1', 0, VERSION.length) === VERSION ? bytes : null;
};

const parsed = (text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (let at = text.indexOf('\r\n') + 2; at > 1 && at < text.length;) {
    const end = text.indexOf('\r\n', at);
    const colon = text.indexOf(':', at);
    if (end <= at) break;
    if (colon > 0 && colon < end) {
      const name = text.slice(at, colon);
      if (!found.has(name)) found.set(name, text.slice(colon + 1, end).trim());
    }
    at = end + 2;
  }
  return found;
};

const listed = ({ headers }: Msg): ReadonlyMap<string, string> =>
  new Map((headers?.keys() ?? []).map((name) => [name, headers?.get(name) ?? '']));
