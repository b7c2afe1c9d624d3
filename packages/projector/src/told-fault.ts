/** Faults on their way between threads: a copy that a thread hands over keeps neither an error's own name nor its code. */

export type ToldFault = string | ToldError;

type ToldError = {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
  readonly cause: ToldFault | undefined;
};

/** What can be handed over of a fault: its text, its code, and those of its causes. */
export const toldFault = (fault: unknown): ToldFault => {
  if (!(fault instanceof Error)) return String(fault);
  const { name, message, stack, cause } = fault;
  const code = (fault as { readonly code?: unknown }).code;
  return {
    name,
    message,
    stack,
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    cause: cause === undefined ? undefined : toldFault(cause),
  };
};

/** The fault again, as far as it was told. */
export const faultOf = (told: ToldFault): unknown => {
  if (typeof told === 'string') return told;
  const { name, message, stack, code, cause } = told;
  const fault = new Error(message, cause === undefined ? {} : { cause: faultOf(cause) });
  return Object.assign(fault, { name, stack }, code === undefined ? {} : { code });
};
