/** Secrets of our own making. */
import { hash, randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 24;

/** 24 letters and digits, as the original's tokens: 142 bits. */
export const randomSecret = (): string =>
  Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** By what a token is recognised: its SHA-256 in hexadecimal. */
export const hashOf = (token: string): string => hash('sha256', token, 'hex');
