import { memorySnapshots } from './snapshots-memory.ts';
import { describeSnapshots } from './snapshots.contract.ts';

describeSnapshots('memory', async () => {
  const snapshots = memorySnapshots();
  return { snapshots, damage: async (name) => snapshots.damage(name) };
});
