/**
 * What a client says: one JSON object per text frame, decoded or refused, never thrown.
 *
 * ActionCable answers no bad command; the reason is for whoever counts them.
 */
import { decodeHistory, type HistoryAsked } from './history.ts';
import { isObject, jsonIn } from './json.ts';

/** A command. `identifier` is the client's own string, untouched: it is the subscription's key. */
export type Command =
  /** `history` is what the client wants to be told that it missed; null: nothing. */
  | { readonly command: 'subscribe'; readonly identifier: string; readonly history: HistoryAsked | null }
  | { readonly command: 'history'; readonly identifier: string; readonly history: HistoryAsked }
  | { readonly command: 'unsubscribe'; readonly identifier: string }
  /** The client's own ping, and its answer to ours. */
  | { readonly command: 'ping' }
  | { readonly command: 'pong' }
  /** `action` is the method the client asks for; `receive` when it named none. */
  | { readonly command: 'message'; readonly identifier: string; readonly action: string };

/** `unsupported_command`: one of the extended protocol that asks for what there is not here. */
export type CommandRefusal =
  'malformed_json' | 'not_an_object' | 'unknown_command' | 'unsupported_command' | 'missing_identifier' | 'bad_data';

export type DecodedCommand =
  { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly reason: CommandRefusal };

/** Decodes the text of one frame. */
export const decodeCommand = (text: string): DecodedCommand => {
  const decoded = jsonIn(text);
  if (!decoded.ok) return refused('malformed_json');
  if (!isObject(decoded.value)) return refused('not_an_object');
  const { command } = decoded.value;
  if (typeof command !== 'string') return refused('unknown_command');
  if (command === 'ping' || command === 'pong') return { ok: true, command: { command } };
  if (UNSUPPORTED_COMMANDS.has(command)) return refused('unsupported_command');
  return isCommand(command) ? commandIn(command, decoded.value) : refused('unknown_command');
};

const UNSUPPORTED_COMMANDS: ReadonlySet<string> = new Set(['whisper', 'join', 'leave', 'presence']);

type Named = 'subscribe' | 'unsubscribe' | 'history' | 'message';
const isCommand = (command: string): command is Named =>
  command === 'subscribe' || command === 'unsubscribe' || command === 'history' || command === 'message';

const commandIn = (
  command: Named,
  { identifier, history, data }: Readonly<Record<string, unknown>>,
): DecodedCommand => {
  if (typeof identifier !== 'string' || identifier === '') return refused('missing_identifier');
  switch (command) {
    case 'unsubscribe':
      return { ok: true, command: { command, identifier } };
    case 'subscribe':
      return { ok: true, command: { command, identifier, history: hasNone(history) ? null : decodeHistory(history) } };
    case 'history':
      return { ok: true, command: { command, identifier, history: decodeHistory(history) } };
    case 'message': {
      const action = actionIn(data);
      return action === null ? refused('bad_data') : { ok: true, command: { command, identifier, action } };
    }
  }
};

const hasNone = (history: unknown): boolean => history === undefined || history === null;

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
