/** One question for all who ask at the same time. */

/**
 * Shares a call among those who ask while one is under way: they get the answer of the next one, which begins after they
 * asked. So an answer is never older than the question.
 */
export const createFreshAnswer = <Answer>(ask: () => Promise<Answer>): (() => Promise<Answer>) => {
  let current: Promise<Answer> | null = null;
  let next: Promise<Answer> | null = null;
  const begin = (): Promise<Answer> => {
    const asked = ask().finally(() => {
      if (current === asked) current = null;
    });
    current = asked;
    return asked;
  };
  return () => {
    if (current === null) return begin();
    next ??= current
      .then(
        () => undefined,
        () => undefined, // whoever asked that was told
      )
      .then(() => {
        next = null;
        return begin();
      });
    return next;
  };
};
