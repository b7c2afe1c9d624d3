/** What attachments need, and where one is found. */
import { isIPv6, type Socket } from 'node:net';
import type { Attachment } from '@cablehub/events';
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
  /** Where clients reach the api; absent: the address of this machine at which the request came that brought a file. */
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

/** The keys that the addresses of attachments name, whoever signed them, and wherever the api was then. */
export const keysNamedIn = (attachments: readonly Attachment[]): readonly string[] =>
  [...JSON.stringify(attachments).matchAll(/\/attachments\/(?:files\/)?([A-Za-z0-9_-]{1,128})[./]/g)].map(
    ([, key = '']) => key,
  );

export const addresses = (
  { publicUrl }: Pick<AttachmentsParts, 'publicUrl'>,
  { idOf, keyIn }: Pick<Signer, 'idOf' | 'keyIn'>,
): Addresses => ({
  of: ({ key, name }, request) => {
    const place = publicUrl ?? placeOf(request.socket);
    return `${place}${ATTACHMENTS_PATH}/${idOf(key)}/${inAddress(name)}`;
  },
  keyIn: (address) => keyIn(/\/attachments\/([^/]+)\/[^/]+$/.exec(address)?.[1] ?? ''),
});

/** Never what a request says of its host: an address is shown to others, for as long as its message. */
const placeOf = ({ localAddress, localPort }: Pick<Socket, 'localAddress' | 'localPort'>): string => {
  const address = localAddress?.replace(/^::ffff:/, '') ?? '::1';
  const host = isIPv6(address) ? `[${address}]` : address;
  const port = localPort === undefined ? '' : `:${localPort}`;
  return `http://${['127.0.0.1', '[::1]'].includes(host) ? 'localhost' : host}${port}`;
};

export const signerOf = ({ key }: Pick<AttachmentsParts, 'key'>): Signer => signer(key);
