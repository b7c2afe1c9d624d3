/**
 * Signs what addresses of attachments say, so that nobody can make one up (pure, but for the key).
 *
 * There are two kinds: the one a message carries holds for ever and shows nothing by itself; the one it leads to shows the
 * file, and only for a short time. A signature of one kind is none of the other.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type Signer = {
  /** What stands for a file's key in the address that holds for ever. */
  readonly idOf: (key: string) => string;
  /** The key of a file; null: the id was not made here. */
  readonly keyIn: (id: string) => string | null;
  /** The signature of leave to read a file until a moment, in Unix seconds. */
  readonly leave: (key: string, until: number) => string;
  /** Whether it is leave to read this file until this very moment. Whether that is over is for the asker to see. */
  readonly isLeave: (key: string, until: number, signature: string) => boolean;
};

const ID = /^([A-Za-z0-9_-]{1,128})\.([A-Za-z0-9_-]{43})$/;

export const signer = (secret: Uint8Array): Signer => {
  const sign = (...said: readonly string[]): string =>
    createHmac('sha256', secret).update(JSON.stringify(said)).digest('base64url');
  const isSigned = (signature: string, ...said: readonly string[]): boolean => {
    const [given, right] = [Buffer.from(signature), Buffer.from(sign(...said))];
    return given.length === right.length && timingSafeEqual(given, right);
  };
  return {
    idOf: (key) => `${key}.${sign('id', key)}`,
    keyIn: (id) => {
      const [, key = '', signature = ''] = ID.exec(id) ?? [];
      return isSigned(signature, 'id', key) ? key : null;
    },
    leave: (key, until) => sign('leave', key, String(until)),
    isLeave: (key, until, signature) => isSigned(signature, 'leave', key, String(until)),
  };
};
