/** How much memory a server keeps once its garbage is collected, as its own V8 counts it. */
import type { Program } from './program.ts';

/** What `collecting` tells. */
export type Kept = { readonly keptBytes: number };

/** Arguments of Node for a server that is to be asked. */
export const COLLECTING: readonly string[] = [
  '--expose-gc',
  '--import',
  new URL('./collecting.js', import.meta.url).href,
];

/** In bytes: objects, and what they hold outside the heap. Sockets' own buffers in C++ are not among them. */
export const keptBy = ({ child, pid }: Pick<Program, 'child' | 'pid'>): Promise<number> =>
  new Promise((resolve) => {
    const hear = (message: Partial<Kept>): void => {
      if (message.keptBytes === undefined) return;
      child.off('message', hear);
      resolve(message.keptBytes);
    };
    child.on('message', hear);
    process.kill(pid, 'SIGUSR2');
  });
