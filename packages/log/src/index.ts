export { connectNats, withoutSecrets, type NatsLink, type NatsOptions } from './connection.ts';
export { LogFault, type FaultCode } from './fault.ts';
export type {
  Append,
  AppendResult,
  EventLog,
  FollowOptions,
  LogEntry,
  LogFilter,
  ReadOptions,
  UnreadableEvent,
} from './log.ts';
export { jetStreamLog } from './jetstream-log.ts';
export {
  logState,
  MESSAGE_ID,
  rawAppender,
  readRaw,
  type AppendRaw,
  type LogState,
  type RawEvent,
  type RecordedRawEvent,
} from './raw-events.ts';
export { DUPLICATE_WINDOW_MS, ensureStorage, storageReady, type StorageOptions } from './storage.ts';
export { appRoles, rightsOf, roles, streamsOf, type AppRole, type Rights, type Role } from './rights.ts';
export { createUserKey, userKeyOf, type UserKey } from './keys.ts';
export { usersConfiguration } from './users.ts';
export { contactLane, PARTITIONS, partitionOf, subjects, type Lane } from './names.ts';
export {
  allPartitions,
  isSameRange,
  isWithin,
  overlaps,
  partitionsOf,
  projectorRole,
  rangeName,
  rangeNamed,
  rangeOfRole,
  type PartitionRange,
} from './partitions.ts';
export { everyone, isFor, type Audience, type Delivery, type HeardDelivery } from './delivery.ts';
export type { History, HistoryRefusal, HistoryRequest, HistoryStart, Tail } from './history.ts';
export { jetStreamDeliveries, type Deliveries, type EphemeralDelivery, type StoredDelivery } from './deliveries.ts';
export { agentTokenKey, contactTokenKey, jetStreamTokens, type Grant, type Tokens } from './tokens.ts';
export type { Fetched, Snapshot, SnapshotOf, Snapshots } from './snapshots.ts';
export { jetStreamSnapshots } from './snapshots-jetstream.ts';
export { jetStreamCheckpoints, type Checkpoint, type Checkpoints } from './checkpoints.ts';
export { heldRoles, requestLease, type Lease, type LeaseOptions } from './lease.ts';
export {
  natsSignals,
  partOf,
  presence,
  type Beat,
  type Member,
  type Presence,
  type ReplaySignal,
  type Signals,
  type Stop,
  type Typing,
} from './signals.ts';
export { startNatsServer, type NatsServer, type NatsServerOptions } from './nats-server.ts';
export { jetStreamRecoveries, type Floor, type Memory, type Recoveries, type RememberedSocket } from './recoveries.ts';
export { takeTogether, type Counters, type TakeOne } from './counters.ts';
export { jetStreamCounters } from './counters-jetstream.ts';
export { claimKey, type Claim, type ClaimKind, type ClaimResult, type Claims } from './claims.ts';
export { jetStreamClaims } from './claims-jetstream.ts';
export type { Attachments, FileDescription, ListedFile, NewFile, PutFile, StoredFile } from './attachments.ts';
export { jetStreamAttachments } from './attachments-jetstream.ts';
export { attachmentsKey } from './signing-key.ts';
