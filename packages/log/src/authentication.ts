/**
 * Who we are to NATS: a file with an nkey seed (`SU…`), or a .creds file with a JWT and its seed.
 *
 * The file is read at each connect and reconnect, so that a key can be replaced while the app runs. One that cannot be used just
 * then leaves what was read before in its place: a reconnect must not depend on the moment at which somebody writes the file.
 */
import { readFileSync } from 'node:fs';
import { credsAuthenticator, nkeyAuthenticator, type Authenticator } from 'nats';
import { LogFault } from './fault.ts';
import { userKeyOf } from './keys.ts';

/** Faults: `credentials_unusable` when the file cannot be used now. */
export const authenticatorOf = (file: string): Authenticator => {
  let current = read(file);
  return (nonce) => {
    try {
      current = read(file);
    } catch (error) {
      if (!(error instanceof LogFault)) throw error;
    }
    return current(nonce);
  };
};

const read = (file: string): Authenticator => {
  const text = contentOf(file).trim();
  const key = userKeyOf(text);
  if (key !== null) return nkeyAuthenticator(new TextEncoder().encode(key.seed));
  const authenticator = credsAuthenticator(new TextEncoder().encode(text));
  try {
    authenticator('to see whether it can sign');
  } catch {
    // What it was is not told: the cause could hold a part of the secret.
    throw new LogFault(
      'credentials_unusable',
      `${file} (NATS_CREDENTIALS_FILE) holds neither an nkey seed (SU…) nor the credentials of a user (.creds)`,
    );
  }
  return authenticator;
};

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LogFault('credentials_unusable', `${file} (NATS_CREDENTIALS_FILE) cannot be read (${reason})`);
  }
};
