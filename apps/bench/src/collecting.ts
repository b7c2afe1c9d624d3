/**
 * Loaded before a server whose memory is measured: collects garbage when it is asked to (SIGUSR2), and tells whoever started
 * it how much is kept.
 */
import type { Kept } from './kept.ts';

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ keptBytes: heapUsed + external } satisfies Kept);
});
