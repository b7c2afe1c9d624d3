/** The second door: what specifications of this and other packages need. */
export { describeEventLog } from './log.contract.ts';
export { eventsIn, memoryLog, type MemoryLogOptions } from './memory-log.ts';
