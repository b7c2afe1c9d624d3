export { decodeCommand, type Command, type CommandRefusal, type DecodedCommand } from './command.ts';
export type { HistoryAsked, StreamPlace } from './history.ts';
export { decodeIdentifier, type DecodedIdentifier, type IdentifierRefusal, type Room } from './identifier.ts';
export { disconnects, RESUMABLE_CLOSE_CODE, type Disconnect, type DisconnectReason } from './disconnect.ts';
export {
  confirm,
  confirmHistory,
  disconnect,
  identifierPrefix,
  Message,
  offsetTail,
  ping,
  pong,
  reject,
  rejectHistory,
  streamPrefix,
  welcome,
  welcomeSession,
  type Stream,
} from './frame.ts';
export { BASE_PROTOCOL, EXTENDED_PROTOCOL, negotiate, UNSUPPORTED, type Negotiated } from './subprotocol.ts';
