/** Reads what infra/ says, for the specifications that hold it to the code. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const inRoot = (path: string): string => join(root, path);

export const textOf = (path: string): string => readFileSync(inRoot(path), 'utf8');

/** Whether a path of the repository is there. */
export const isThere = (path: string): boolean => existsSync(inRoot(path));

/** The documents of a YAML text. Faults: what the YAML is not. */
export const documentsIn = (text: string): readonly unknown[] =>
  parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as unknown;
  });

/** The files in a folder and below, as paths of the repository. */
export const filesIn = (folder: string, extension: string): readonly string[] =>
  readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name))
    .sort();

/** The first of these programs that this machine has; null: none. */
export const programOf = (...names: readonly string[]): string | null => {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path)) ?? null;
};

/** What a program writes; it runs in the repository. Faults: it ended with another code than 0. */
export const outputOf = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The anchors of a page's headings, as GitHub makes them. */
export const anchorsOf = (path: string): readonly string[] =>
  [...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
