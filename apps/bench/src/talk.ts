/** Questions from one process to another that it started, over the channel that Node gives them. */
import type { Program } from './program.ts';

/** What a process answers: one argument in, an answer out, both structured-cloneable. */
export type Talk = Readonly<Record<string, (argument: never) => unknown>>;

type Asked<T extends Talk> = {
  readonly [Name in keyof T]: (argument: Parameters<T[Name]>[0]) => Promise<Awaited<ReturnType<T[Name]>>>;
};

type Question = { readonly id: number; readonly name: string; readonly argument: unknown };
type Answer = { readonly id: number } & (
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }
);

/** Answers the questions of whoever started this process. */
export const answerTo = (talk: Talk): void => {
  process.on('message', ({ id, name, argument }: Question) => {
    void (async () => talk[name]?.(argument as never))().then(
      (value) => process.send?.({ id, ok: true, value } satisfies Answer),
      (error: unknown) => process.send?.({ id, ok: false, message: String(error) } satisfies Answer),
    );
  });
  process.once('disconnect', () => process.exit(0));
};

/** Asks a process. Faults: an error with what it said, also when it ends before it has answered. */
export const asking = <T extends Talk>(program: Program): Asked<T> => {
  let last = 0;
  const waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  program.child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.ok) asked?.resolve(answer.value);
    else asked?.reject(new Error(`${program.name}: ${answer.message}`));
  });
  program.child.once('exit', (code) => {
    for (const { reject } of waiting.values())
      reject(new Error(`${program.name} ended with ${code ?? 'a signal'}\n${program.lastWords()}`));
    waiting.clear();
  });
  return new Proxy({} as Asked<T>, {
    get: (_, name) => (argument: unknown) =>
      new Promise((resolve, reject) => {
        const question: Question = { id: ++last, name: String(name), argument };
        waiting.set(question.id, { resolve, reject });
        program.child.send(question);
      }),
  });
};
