import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, SettingsError } from '@cablehub/process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiSettings, apiTokens, publicUrlOf } from './settings.ts';

const read = (environment: Readonly<Record<string, string>>) => readSettings(apiSettings, environment);

describe('API_TOKENS', () => {
  it('is a list of tokens, each for one account or for all', () => {
    const { API_TOKENS: tokens } = read({ API_TOKENS: 'abcdefghijklmnop, qrstuvwxyz.~_-0123@42' });
    expect(tokens).toEqual([{ token: 'abcdefghijklmnop' }, { token: 'qrstuvwxyz.~_-0123', accountId: 42 }]);
  });

  it.each([
    'short',
    'has spaces in the middle',
    'abcdefghijklmnop@',
    'abcdefghijklmnop@0',
    'abcdefghijklmnop@x',
    'abcdefghijklmnö',
  ])('refuses %j and does not repeat it', (token) => {
    const refused = (): unknown => read({ API_TOKENS: `abcdefghijklmnop,${token}` });
    expect(refused).toThrow(SettingsError);
    expect(refused).toThrow(/API_TOKENS: item 2 /);
    expect(refused).not.toThrow(token);
  });
});

describe('the other settings', () => {
  it('have defaults', () => {
    expect(read({})).toMatchObject({ API_PORT: 3001, API_RATE_LIMIT: 600, API_TOKENS: [], DATA_DIR: '.data' });
  });

  it('are named when they are wrong', () => {
    expect(() => read({ API_PORT: '70000', API_RATE_LIMIT: '0' })).toThrow(/API_PORT.*\n.*API_RATE_LIMIT/);
  });
});

describe('PUBLIC_URL', () => {
  it('is where clients reach the api, without what ends it', () => {
    expect(publicUrlOf(read({ PUBLIC_URL: 'https://hub.example.com/here/' }))).toBe('https://hub.example.com/here');
  });

  it('is demanded in production, and says what for', () => {
    expect(publicUrlOf(read({}))).toBeUndefined();
    const refused = (): unknown => publicUrlOf(read({ NODE_ENV: 'production' }));
    expect(refused).toThrow(SettingsError);
    expect(refused).toThrow(/PUBLIC_URL: must be set .* like https:\/\/hub\.example\.com/);
  });
});

describe('the kept token', () => {
  let folder = '';
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cablehub-api-'))));
  afterEach(() => rm(folder, { recursive: true }));
  const settings = (rest: Readonly<Record<string, string>> = {}) => read({ DATA_DIR: join(folder, 'data'), ...rest });

  it('is made once, for all accounts, and readable by its owner only', async () => {
    const [made] = await apiTokens(settings());
    expect(made).toEqual({ token: expect.stringMatching(/^[\w-]{32}$/) as string });
    expect(await apiTokens(settings())).toEqual([made]);
    const path = join(folder, 'data', 'api-token');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).trim()).toBe(made?.token);
  });

  it('is the same for all who ask at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => apiTokens(settings())));
    expect(new Set(made.map(([one]) => one?.token)).size).toBe(1);
    expect(await readdir(join(folder, 'data'))).toEqual(['api-token']);
  });

  it('is not made when tokens are set', async () => {
    const given = await apiTokens(settings({ API_TOKENS: 'abcdefghijklmnop' }));
    expect(given).toEqual([{ token: 'abcdefghijklmnop' }]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not made in production', async () => {
    await expect(apiTokens(settings({ NODE_ENV: 'production' }))).rejects.toThrow(/API_TOKENS/);
    await expect(apiTokens(settings({ NODE_ENV: 'production' }))).rejects.toBeInstanceOf(SettingsError);
  });

  it('is refused when the file holds none, or the folder is none', async () => {
    await writeFile(join(folder, 'api-token'), 'short');
    await expect(apiTokens(settings({ DATA_DIR: folder }))).rejects.toThrow(/holds no token/);
    const inFile = join(folder, 'api-token', 'data');
    await expect(apiTokens(settings({ DATA_DIR: inFile }))).rejects.toBeInstanceOf(SettingsError);
  });
});
