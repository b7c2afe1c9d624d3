import { describeEventLog } from './log.contract.ts';
import { memoryLog } from './memory-log.ts';

describeEventLog('memory', async () => ({ log: memoryLog(), close: async () => undefined }));
