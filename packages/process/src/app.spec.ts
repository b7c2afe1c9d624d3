import { describe, expect, it } from 'vitest';
import { runModule } from './child.fixture.ts';

const run = (start: string, onUp?: Parameters<typeof runModule>[1]) =>
  runModule(
    `import { runApp } from './app.ts';
     import { createLogger } from './logger.ts';
     import { SettingsError } from './settings.ts';
     const logger = () => createLogger({ app: 'spec', level: 'info', readable: false });
     const held = setInterval(() => undefined, 1_000);
     const say = (word) => process.stdout.write(word + '\\n');
     await runApp(logger, ${start});
     clearInterval(held);`,
    onUp,
  );

describe('app', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('stops in order and ends with 0 when asked by %s', async (signal) => {
    const { code, stdout } = await run(
      `async () => { setImmediate(() => say('up')); return { stop: async () => say('stopped') }; }`,
      (child) => child.kill(signal),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('stopped');
    expect(stdout).toContain(`"signal":"${signal}"`);
  });

  it('ends with 0 when it is asked while it starts', async () => {
    const { code, stdout } = await run(
      `async () => { setImmediate(() => say('up')); return new Promise(() => undefined); }`,
      (child) => child.kill('SIGTERM'),
    );
    expect([code, stdout]).toEqual([0, 'up\n']);
  });

  it('ends with 1 and says why when it cannot start', async () => {
    const { code, stderr } = await run(`async () => { throw new Error('no disk'); }`);
    expect(code).toBe(1);
    expect(stderr).toContain('no disk');
  });

  it('ends with 1 when it fails later', async () => {
    const { code, stderr } = await run(
      `async () => ({ stop: async () => undefined, failed: Promise.reject(new Error('view is broken')) })`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('view is broken');
  });

  it('ends with 1 when it cannot stop', async () => {
    const stop = `stop: async () => { throw new Error('stuck'); }`;
    const { code, stderr } = await run(`async () => { setImmediate(() => say('up')); return { ${stop} }; }`, (child) =>
      child.kill('SIGTERM'),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('stuck');
  });

  it('ends with 2 and only the problem when a setting is bad', async () => {
    const { code, stderr } = await run(`async () => { throw new SettingsError(['PORT: must be a number']); }`);
    expect(code).toBe(2);
    expect(stderr).toBe('the settings cannot be used:\n  PORT: must be a number\n');
  });

  it('is given the metrics of its process', async () => {
    const { stdout } = await run(
      `async ({ metrics }) => { say(await metrics.metrics()); setImmediate(() => say('up')); return { stop: async () => undefined }; }`,
      (child) => child.kill('SIGTERM'),
    );
    expect(stdout).toContain('process_cpu_seconds_total');
  });
});
