/** Runs a module that stands beside this file in a process of its own, to see what it writes and how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a module of the given source; `onUp` is called when it has written the line `up`. */
export const runModule = async (source: string, onUp?: (child: ChildProcess) => unknown): Promise<Ended> => {
  // In the package's own node_modules, where its dependencies are found and nobody looks for sources.
  const folder = await mkdtemp(join(import.meta.dirname, '..', 'node_modules', '.spec-'));
  try {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'entry.js'), compiled(source));
    for (const file of await readdir(import.meta.dirname))
      if (/^[a-z]+\.ts$/.test(file))
        await writeFile(
          join(folder, file.replace('.ts', '.js')),
          compiled(await readFile(join(import.meta.dirname, file), 'utf8')),
        );
    return await ended(
      spawn(process.execPath, [join(folder, 'entry.js')], { stdio: ['ignore', 'pipe', 'pipe'] }),
      onUp,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const compiled = (source: string): string =>
  ts.transpile(source, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  });

const ended = async (child: ReturnType<typeof spawn>, onUp?: (child: ChildProcess) => unknown): Promise<Ended> => {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the child has no output');
  stdout.on('data', (chunk: Buffer) => {
    if (/^up$/m.test(chunk.toString())) onUp?.(child);
  });
  const [[code], out, err] = await Promise.all([once(child, 'close'), text(stdout), text(stderr)]);
  return { code: code as number | null, stdout: out, stderr: err };
};
