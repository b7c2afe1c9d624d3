/** What attachments need, and where one is found. */
import type { Attachments } from '@cablehub/log';
import type { FastifyRequest } from 'fastify';
import { inAddress } from './file-name.ts';
import { signer, type Signer } from './signing.ts';

export type AttachmentsParts = {
  readonly files: Attachments;
  /** What addresses are signed with: the same on every replica. */
  readonly key: Uint8Array;
  /** The most that one file may have. */
  readonly maxBytes: number;
  /** Where clients reach the api; absent: where the request that brought a file was sent. */
  readonly publicUrl?: string | undefined;
  /** Unix ms. Default: the clock. */
  readonly now?: () => number;
};

/** An address of these is `<where the api is>/attachments/<signed id>/<file name>`. */
export const ATTACHMENTS_PATH = '/attachments';

export type Addresses = {
  readonly of: (file: { readonly key: string; readonly name: string }, request: FastifyRequest) => string;
  /** The key of the file that an address made here leads to; null: it was not made here. */
  readonly keyIn: (address: string) => string | null;
};

export const addresses = (
  { publicUrl }: Pick<AttachmentsParts, 'publicUrl'>,
  { idOf, keyIn }: Pick<Signer, 'idOf' | 'keyIn'>,
): Addresses => ({
  of: ({ key, name }, request) => {
    const origin = publicUrl ?? `${request.protocol}://${request.host}`;
    return `${origin}${ATTACHMENTS_PATH}/${idOf(key)}/${inAddress(name)}`;
  },
  keyIn: (address) => keyIn(/\/attachments\/([^/]+)\/[^/]+$/.exec(address)?.[1] ?? ''),
});

export const signerOf = ({ key }: Pick<AttachmentsParts, 'key'>): Signer => signer(key);
