/** What commands print: readable on a terminal, plain lines when piped. */
import { SingleBar } from 'cli-progress';
import color from 'picocolors';

export type Output = { readonly line: (text: string) => void };

export const standardOutput: Output = { line: (text) => void process.stdout.write(`${text}\n`) };

/** A two-column block: names dimmed, values as they are. */
export const rows = (pairs: readonly (readonly [name: string, value: string])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `  ${color.dim(name.padEnd(width))}  ${value}`).join('\n');
};

export type Progress = { readonly advance: (by: number) => void; readonly end: () => void };

/** A bar on the terminal's error stream, so that what is piped stays clean; nothing when there is no terminal. */
export const progress = (what: string, total: number): Progress => {
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% · {value}/{total} · {rate}/s · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    noTTYOutput: false,
    stream: process.stderr,
  });
  if (!process.stderr.isTTY) return { advance: () => undefined, end: () => undefined };
  const startedAt = performance.now();
  let done = 0;
  bar.start(total, 0, { rate: 0 });
  return {
    advance: (by) => {
      done += by;
      bar.increment(by, { rate: Math.round((done * 1_000) / Math.max(1, performance.now() - startedAt)) });
    },
    end: () => bar.stop(),
  };
};
