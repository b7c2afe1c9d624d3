/** Says once that somebody types, and that they stopped when they were idle for a while or sent what they wrote. */

/** What the official clients wait. */
const IDLE_MS = 4_000;

export type TypingSignal = { readonly typed: () => void; readonly stopped: () => void };

export const typingSignal = (say: (status: 'on' | 'off') => void, idleMs = IDLE_MS): TypingSignal => {
  let idle: ReturnType<typeof setTimeout> | undefined;
  const stopped = (): void => {
    if (idle === undefined) return;
    clearTimeout(idle);
    idle = undefined;
    say('off');
  };
  return {
    typed: () => {
      if (idle === undefined) say('on');
      else clearTimeout(idle);
      idle = setTimeout(stopped, idleMs);
    },
    stopped,
  };
};
