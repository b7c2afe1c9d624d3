/**
 * What a client says: one JSON object per text frame, decoded or refused, never thrown.
 *
 * ActionCable answers no bad command; the reason is for whoever counts them.
 */

/** A command of the base protocol. `identifier` is the client's own string, untouched: it is the subscription's key. */
export type Command =
  | { readonly command: 'subscribe' | 'unsubscribe'; readonly identifier: string }
  /** `action` is the method the client asks for; `receive` when it named none. */
  | { readonly command: 'message'; readonly identifier: string; readonly action: string };

export type CommandRefusal = 'malformed_json' | 'not_an_object' | 'unknown_command' | 'missing_identifier' | 'bad_data';

export type DecodedCommand =
  { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly reason: CommandRefusal };

/** Decodes the text of one frame. */
export const decodeCommand = (text: string): DecodedCommand => {
  const decoded = jsonIn(text);
  if (!decoded.ok) return refused('malformed_json');
  if (!isObject(decoded.value)) return refused('not_an_object');
  const { command, identifier, data } = decoded.value;
  if (command !== 'subscribe' && command !== 'unsubscribe' && command !== 'message') return refused('unknown_command');
  if (typeof identifier !== 'string' || identifier === '') return refused('missing_identifier');
  if (command !== 'message') return { ok: true, command: { command, identifier } };
  const action = actionIn(data);
  return action === null ? refused('bad_data') : { ok: true, command: { command, identifier, action } };
};

/** The action of `data`: a JSON string holding an object, as ActionCable sends it, or the object itself. */
const actionIn = (data: unknown): string | null => {
  const decoded = typeof data === 'string' ? jsonIn(data) : { ok: true as const, value: data };
  if (!decoded.ok || !isObject(decoded.value)) return null;
  const { action } = decoded.value;
  if (action === undefined || action === null) return 'receive';
  if (typeof action !== 'string') return null;
  return action.trim() === '' ? 'receive' : action;
};

const refused = (reason: CommandRefusal): DecodedCommand => ({ ok: false, reason });

/** JSON from outside; whatever does not read as JSON is an outcome here. */
export const jsonIn = (text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } => {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false }; // not JSON
  }
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
