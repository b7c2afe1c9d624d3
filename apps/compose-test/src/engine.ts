/** The container engine, by its command line: nothing here knows which engine it is or where it runs. */
import { spawn } from 'node:child_process';

/** A command of the engine failed, or took too long. */
export class EngineFault extends Error {
  readonly code = 'engine_failed';

  constructor(command: string, why: string) {
    super(`${command}: ${why}`);
    this.name = 'EngineFault';
  }
}

export type Engine = {
  /** Runs `docker ARGS`; its standard output. Faults: EngineFault with the last of what it said. */
  readonly docker: (args: readonly string[], limitMs?: number) => Promise<string>;
};

export type EngineOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of compose.yaml. */
  readonly folder: string;
};

const LIMIT_MS = 120_000;
const LAST_WORDS = 2_000;

export const createEngine = ({ environment, folder }: EngineOptions): Engine => ({
  docker: (args, limitMs = LIMIT_MS) =>
    new Promise((resolve, reject) => {
      const command = `docker ${args.join(' ')}`;
      const child = spawn('docker', args, {
        cwd: folder,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Its own process group: a Ctrl-C at the terminal reaches the test alone, which cleans up.
        detached: true,
      });
      let said = '';
      let output = '';
      const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-LAST_WORDS)));
      child.once('error', (error) => reject(new EngineFault(command, error.message)));
      child.once('close', (code, signal) => {
        clearTimeout(limit);
        if (code === 0) return resolve(output);
        const why = signal === null ? `exit code ${code}` : `no answer within ${limitMs} ms`;
        reject(new EngineFault(command, `${why}\n${said}${output.slice(-LAST_WORDS)}`));
      });
    }),
});

/** Why there is no engine to test with; null: there is one, with compose. */
export const missingEngine = async ({ docker }: Engine): Promise<string | null> => {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], 10_000);
    await docker(['compose', 'version', '--short'], 10_000);
    return null;
  } catch (error) {
    return (error as Error).message.trim();
  }
};
