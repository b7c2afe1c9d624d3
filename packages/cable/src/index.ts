export { decodeCommand, type Command, type CommandRefusal, type DecodedCommand } from './command.ts';
export { decodeIdentifier, type DecodedIdentifier, type IdentifierRefusal, type Room } from './identifier.ts';
export { disconnects, type Disconnect, type DisconnectReason } from './disconnect.ts';
export { confirm, disconnect, identifierPrefix, messageFrame, ping, reject, welcome } from './frame.ts';
export { BASE_PROTOCOL, negotiate, UNSUPPORTED, type Negotiated } from './subprotocol.ts';
