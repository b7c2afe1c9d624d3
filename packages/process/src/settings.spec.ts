import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { healthSettings, list, port, processSettings, readSettings, SettingsError, wholeNumber } from './settings.ts';

const read = (environment: Readonly<Record<string, string | undefined>>) =>
  readSettings(
    { ...processSettings, PORT: port(3000), WINDOW_MS: wholeNumber(90_000, 1_000, 600_000), ORIGINS: list },
    environment,
  );

const problemsOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('have defaults', () => {
    expect(read({})).toEqual({
      HOST: '0.0.0.0',
      DATA_DIR: '.data',
      LOG_LEVEL: 'info',
      NODE_ENV: 'development',
      PORT: 3000,
      WINDOW_MS: 90_000,
      ORIGINS: [],
    });
  });

  it('are what the environment says', () => {
    expect(
      read({
        PORT: '0',
        WINDOW_MS: '1000',
        ORIGINS: ' https://a.example, ,https://b.example',
        NATS_URL: 'nats://a:4222,nats://b:4222',
      }),
    ).toMatchObject({
      PORT: 0,
      WINDOW_MS: 1_000,
      ORIGINS: ['https://a.example', 'https://b.example'],
      NATS_URL: 'nats://a:4222,nats://b:4222',
    });
  });

  it('count as unset when they are empty', () => {
    expect(read({ PORT: '', NATS_URL: '', HOST: '', LOG_LEVEL: undefined })).toEqual(read({}));
  });

  it('hold nothing that was not asked for', () => {
    expect(read({ PATH: '/bin' })).not.toHaveProperty('PATH');
  });

  it('cannot be changed once read', () => {
    expect(Object.isFrozen(read({}))).toBe(true);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', 'http'],
    ['WINDOW_MS', '999'],
    ['LOG_LEVEL', 'loud'],
    ['NATS_URL', 'localhost:4222'],
  ])('are refused with the name of the bad one: %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^  ${name}: \\S`))]);
  });

  it('are refused with every problem at once', () => {
    const problems = problemsOf({ PORT: 'http', LOG_LEVEL: 'loud', NATS_URL: 'localhost' });
    expect(problems.map((problem) => problem.trim().split(':')[0])).toEqual(
      expect.arrayContaining(['PORT', 'LOG_LEVEL', 'NATS_URL']),
    );
    expect(problems).toHaveLength(3);
  });

  it('name one that is missing', () => {
    const reading = () => readSettings({ API_KEY: z.string({ error: 'is needed' }) }, {});
    expect(reading).toThrow('the settings cannot be used:\n  API_KEY: is needed');
    expect(reading).toThrow(expect.objectContaining({ code: 'bad_setting' }));
  });

  it('do not show a bad value, which may be a secret', () => {
    expect(problemsOf({ NATS_URL: 'hub:hunter2@host' }).join()).not.toContain('hunter2');
  });
});

describe('settings in files', () => {
  let folder: string;
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are read and trimmed', () => {
    expect(read({ PORT_FILE: file('port', ' 4000\n'), ORIGINS_FILE: file('origins', 'a,b\n') })).toMatchObject({
      PORT: 4_000,
      ORIGINS: ['a', 'b'],
    });
  });

  it('count as unset when the file or its name is empty', () => {
    expect(read({ PORT_FILE: file('empty', '\n'), HOST_FILE: '' })).toEqual(read({}));
  });

  it('are refused when they are set in both ways, without a word of either', () => {
    const problems = problemsOf({ HOST: 'hunter1', HOST_FILE: file('host', 'hunter2') });
    expect(problems).toEqual(['  HOST: is set twice, by HOST and by HOST_FILE; leave one of them out']);
  });

  it('are refused when the file cannot be read, with its name', () => {
    const path = join(folder, 'missing');
    expect(problemsOf({ PORT_FILE: path, LOG_LEVEL: 'loud' })).toEqual([
      `  PORT_FILE: ${path} cannot be read (ENOENT)`,
      expect.stringMatching(/^  LOG_LEVEL: /),
    ]);
  });

  it('do not show a bad value', () => {
    expect(problemsOf({ NATS_URL_FILE: file('url', 'hub:hunter2@host') }).join()).not.toContain('hunter2');
  });

  it('leave a setting alone that names a file itself', () => {
    expect(read({ NATS_CA_FILE: '/nowhere/ca.pem' })).toMatchObject({ NATS_CA_FILE: '/nowhere/ca.pem' });
    expect(read({ NATS_CA_FILE_FILE: file('ca', '/there/ca.pem') })).toMatchObject({ NATS_CA_FILE: '/there/ca.pem' });
  });
});

describe('the port for health', () => {
  it('is none unless it is set', () => {
    expect(readSettings(healthSettings, {})).toEqual({});
    expect(readSettings(healthSettings, { HEALTH_PORT: '3002' })).toEqual({ HEALTH_PORT: 3_002 });
  });
});
