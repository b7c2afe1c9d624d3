/**
 * Loaded before a server whose memory is measured: gives back what it does not need when it is asked to, so that only what is
 * kept counts.
 */
process.on('SIGUSR2', () => {
  const collect = globalThis.gc as unknown as ((how: object) => void) | undefined;
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
});
