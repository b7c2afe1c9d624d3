/** What the api reads from the environment, and where its tokens come from. */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountId, type AccountId } from '@cablehub/events';
import { list, port, processSettings, SettingsError, wholeNumber } from '@cablehub/process';
import { z } from 'zod';
import { s3Settings } from './attachments/s3/place.ts';
import { webhookSettings } from './webhooks/signature.ts';

/** A token that opens the API: for one account, or for all when it names none. */
export type ApiToken = { readonly token: string; readonly accountId?: AccountId };

/** Never says what it was given: an error message is no place for a secret. */
const apiTokenList = list.transform((items, context): readonly ApiToken[] => {
  const tokens = items.map(readToken);
  for (const [index, token] of tokens.entries()) {
    if (token !== null) continue;
    const message = `item ${index + 1} must be a token of 16 to 256 letters, digits, ".", "_", "~" or "-", or token@account_id`;
    context.addIssue({ code: 'custom', message });
  }
  return tokens.filter((token) => token !== null);
});

const readToken = (item: string): ApiToken | null => {
  const [, token, account] = /^([A-Za-z0-9._~-]{16,256})(?:@([1-9]\d*))?$/.exec(item) ?? [];
  if (token === undefined) return null;
  if (account === undefined) return { token };
  const parsed = accountId.safeParse(Number(account));
  return parsed.success ? { token, accountId: parsed.data } : null;
};

export const apiSettings = {
  ...processSettings,
  /** The port of the HTTP API. */
  API_PORT: port(3001),
  /** Who may call: `token` (every account) or `token@account_id`, with commas between. Unset: one is made and kept. */
  API_TOKENS: apiTokenList,
  /** How many requests a second one token may make to each route. */
  API_RATE_LIMIT: wholeNumber(600, 1, 1_000_000),
  /** How many requests a second one address may make to each route of an inbox of the Client API. */
  CLIENT_RATE_LIMIT: wholeNumber(50, 1, 1_000_000),
  /** The most that one file of a message may have. */
  ATTACHMENT_MAX_BYTES: wholeNumber(26_214_400, 1, 1_073_741_824),
  ...s3Settings,
  /** Where clients reach the api: what the addresses of attachments begin with. Unset: this machine; not in production. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must look like https://hub.example.com' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Proxies whose `X-Forwarded-For` is believed: addresses, networks, or `loopback`, `linklocal`, `uniquelocal`. */
  TRUSTED_PROXIES: list,
  ...webhookSettings,
  /** Where other processes of the hub tell what they measure, like `http://gateway:3000/metrics`, for the console's charts. */
  METRICS_URLS: list,
  /** Where browsers reach the cable, like `wss://hub.example.com/cable`; unset: on the host that serves the console. */
  CABLE_URL: z.url({ protocol: /^wss?$/, error: 'must look like wss://hub.example.com/cable' }).optional(),
} as const;

export type ApiSettings = Readonly<z.output<z.ZodObject<typeof apiSettings>>>;

/**
 * The tokens that open the API: those of `API_TOKENS`, else the one kept in `DATA_DIR/api-token`, which is made when it
 * is not there (readable by its owner only). Faults: SettingsError when none is set in production, or the file holds none.
 */
export const apiTokens = async (
  settings: Pick<ApiSettings, 'API_TOKENS' | 'DATA_DIR' | 'NODE_ENV'>,
): Promise<readonly ApiToken[]> => {
  if (settings.API_TOKENS.length > 0) return settings.API_TOKENS;
  if (settings.NODE_ENV === 'production')
    throw new SettingsError(['API_TOKENS: must be set when NODE_ENV is production']);
  const path = join(settings.DATA_DIR, 'api-token');
  const kept = (await readKept(path)) ?? (await makeKept(settings.DATA_DIR, path));
  const token = readToken(kept.trim());
  if (token === null) throw new SettingsError([`API_TOKENS: ${path} holds no token; remove it to have one made`]);
  return [token];
};

/**
 * Where clients reach the api; undefined: at this machine. Addresses made of it are kept with their messages for ever, so a
 * guess will not do in production. Faults: SettingsError when it is not set there.
 */
export const publicUrlOf = (settings: Pick<ApiSettings, 'PUBLIC_URL' | 'NODE_ENV'>): string | undefined => {
  const { PUBLIC_URL: url, NODE_ENV: environment } = settings;
  if (url !== undefined || environment !== 'production') return url;
  const why =
    'the addresses of files begin with it. Set it to where clients reach the api, like https://hub.example.com';
  throw new SettingsError([`PUBLIC_URL: must be set when NODE_ENV is production: ${why}`]);
};

const readKept = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw new SettingsError([`DATA_DIR: ${path} cannot be read`]);
  }
};

/** Written beside and then linked into place, so that two processes that start together agree on one token. */
const makeKept = async (folder: string, path: string): Promise<string> => {
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    await link(draft, path).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
  } catch {
    throw new SettingsError([`DATA_DIR: ${path} cannot be written`]);
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
};

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
