import { describe, expect, it } from 'vitest';
import { runModule } from './child.fixture.ts';

const lines = async (body: string, options = `{ app: 'gateway', level: 'info', readable: false }`) => {
  const { stdout } = await runModule(
    `import { createLogger } from './logger.ts';\nconst logger = createLogger(${options});\n${body}`,
  );
  return stdout.trim().split('\n').filter(Boolean);
};

describe('logger', () => {
  it('writes one JSON object per line, with app, level and time', async () => {
    const [line] = await lines(`logger.info({ position: 7 }, 'projected');`);
    expect(JSON.parse(line ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      app: 'gateway',
      position: 7,
      msg: 'projected',
    });
  });

  it('leaves out whatever could be a secret, at three depths', async () => {
    const secrets = `{ token: 's3cret', pubsub_token: 's3cret', authorization: 's3cret', identifier: 's3cret' }`;
    const [line] = await lines(
      `const s = ${secrets}; logger.info({ ...s, request: s, request2: { headers: s } }, 'refused');`,
    );
    expect(line).not.toContain('s3cret');
    expect(line?.split('[secret]')).toHaveLength(13);
  });

  it('says nothing below its level', async () => {
    expect(await lines(`logger.debug('quiet'); logger.warn('loud');`)).toEqual([expect.stringContaining('loud')]);
  });

  it('is readable on a terminal, and leaves the same things out', async () => {
    const [line] = await lines(
      `logger.info({ token: 's3cret' }, 'subscribed');`,
      `{ app: 'gateway', level: 'info', readable: true }`,
    );
    expect(line).toContain('gateway: subscribed');
    expect(line).not.toContain('s3cret');
  });
});
