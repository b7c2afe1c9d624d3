/** The second door: what specifications of this and other packages need. */
export { describeEventLog } from './log.contract.ts';
export type { OpenLog } from './log.fixture.ts';
export { natsFixture, type NatsFixture } from './nats.fixture.ts';
export { makeKeys, startGuardedNats, type GuardedNats } from './guarded-nats.fixture.ts';
export { eventsIn, memoryLog, type MemoryLogOptions } from './memory-log.ts';
export {
  memoryCheckpoints,
  memoryDeliveries,
  memoryTokens,
  type MemoryCheckpoints,
  type MemoryDeliveries,
} from './memory-deliveries.ts';
export { memoryRecoveries } from './recoveries.ts';
export { memorySnapshots, type MemorySnapshots } from './snapshots-memory.ts';
export { memoryCounters } from './counters-memory.ts';
export { memoryClaims } from './claims-memory.ts';
export { memoryAttachments, type MemoryAttachments } from './attachments-memory.ts';
export { describeAttachments, inPieces, type OpenAttachments } from './attachments.contract.ts';
