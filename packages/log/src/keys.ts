/** Keys of those who connect to NATS: a seed that its holder keeps, and the public key by which the server knows them. */
import { nkeys } from 'nats';

/** What the client's library exports without a type. */
type KeyPair = { getPublicKey(): string; getSeed(): Uint8Array };
const { createUser, fromSeed } = nkeys as { createUser(): KeyPair; fromSeed(seed: Uint8Array): KeyPair };

export type UserKey = {
  /** `SU…`: a secret. */
  readonly seed: string;
  /** `U…` */
  readonly publicKey: string;
};

/** A key that nobody had before. */
export const createUserKey = (): UserKey => keyOf(createUser());

/** The key of a seed, blanks around it aside; null: the text is no seed of a user. */
export const userKeyOf = (text: string): UserKey | null => {
  const seed = text.trim();
  if (!/^SU[A-Z2-7]{56}$/.test(seed)) return null;
  try {
    return keyOf(fromSeed(new TextEncoder().encode(seed)));
  } catch {
    return null; // its checksum does not fit
  }
};

const keyOf = (pair: KeyPair): UserKey => ({
  seed: new TextDecoder().decode(pair.getSeed()),
  publicKey: pair.getPublicKey(),
});
