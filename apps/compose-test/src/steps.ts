/** The steps of the test: each is timed, says what was seen, and fails alone. */

export type Step = {
  readonly stage: string;
  readonly name: string;
  readonly seconds: number;
  /** What was seen; the fault's message when it failed. */
  readonly seen: string;
  readonly isPassed: boolean;
};

/** Runs one step of a stage. Faults: what the work throws, once it is written down. */
export type RunStep = (name: string, work: () => Promise<string>) => Promise<void>;

export type Steps = {
  readonly of: (stage: string) => RunStep;
  readonly all: readonly Step[];
};

export const createSteps = (say: (text: string) => void): Steps => {
  const all: Step[] = [];
  return {
    all,
    of: (stage) => async (name, work) => {
      const startedAt = performance.now();
      const write = (seen: string, isPassed: boolean): void => {
        const step = { stage, name, seconds: (performance.now() - startedAt) / 1_000, seen, isPassed };
        all.push(step);
        say(lineOf(step));
      };
      try {
        write(await work(), true);
      } catch (error) {
        write((error as Error).message, false);
        throw error;
      }
    },
  };
};

const lineOf = ({ stage, name, seconds, seen, isPassed }: Step): string =>
  `${isPassed ? '✓' : '✗'} ${stage}: ${name} (${seconds.toFixed(1)} s): ${seen}`;

/** The table for people, in Markdown, and the line for machines. */
export const tableOf = (steps: readonly Step[]): string => {
  const header = ['', 'step', 'seconds', 'seen'];
  const rows = steps.map(({ stage, name, seconds, seen, isPassed }) => [
    stage,
    name,
    seconds.toFixed(1),
    isPassed ? seen : `FAILED: ${seen.split('\n')[0]}`,
  ]);
  const widths = header.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map((width, column) => (column === 2 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))));
  return [line(header), rule, ...rows.map(line), '', sumOf(steps)].join('\n');
};

const sumOf = (steps: readonly Step[]): string => {
  const passed = steps.filter(({ isPassed }) => isPassed).length;
  return `${passed} passed, ${steps.length - passed} failed`;
};
