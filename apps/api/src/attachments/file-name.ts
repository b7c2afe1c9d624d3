/** What a file is called, so that it is safe to say in a header, an address and a folder (pure). */
import { extensionOf } from './file-types.ts';

const MOST_CHARACTERS = 100;
/** An address holds no more of a name than this. */
const MOST_IN_ADDRESS = 200;

/** The name, without a folder and what cannot be seen, ending as files of its kind do: a picture is not called a page. */
export const fileNameOf = (given: string, extension: string): string => {
  const visible = Buffer.from(given)
    .toString()
    .replaceAll('\\', '/')
    .split('/')
    .at(-1)!
    .replaceAll(/[\p{C}<>:"|?*]/gu, '')
    .replace(/^[.\s]+/, '')
    .trim();
  const named = extensionOf(visible);
  const ends = alias(named) === alias(extension);
  const stem = ends ? visible.slice(0, -named.length - 1) : visible;
  const kept = [...stem].slice(0, MOST_CHARACTERS - extension.length - 1).join('');
  return `${kept === '' ? 'file' : kept}.${ends ? named : extension}`;
};

const alias = (extension: string): string => extension.replace(/^jpeg$/, 'jpg');

/** The name as the last part of an address. */
export const inAddress = (name: string): string => {
  const encoded = encodeURIComponent(name);
  return encoded.length <= MOST_IN_ADDRESS ? encoded : `file.${encodeURIComponent(extensionOf(name))}`;
};
