/** Sessions, what comes to them, and what they lead to, for specifications. */
import { negotiate } from '@cablehub/cable';
import { expect } from 'vitest';
import { newSession, signAt, step, type Effect, type Input, type Session, type SessionLimits } from './session.ts';

export const limits: SessionLimits = {
  commands: { burst: 20, perSecond: 10, refusals: 3 },
  subscriptions: 2,
  queued: 3,
  idleMs: 60_000,
  heartbeatMs: 1_000,
};
export const NOW = 1_700_000_000_000;
export const base = newSession(negotiate('actioncable-v1-json'), limits, NOW);
export const extended = newSession(negotiate('actioncable-v1-ext-json'), limits, NOW);
export const rails = newSession(negotiate('actioncable-v1-json, actioncable-unsupported'), limits, NOW);

export const room = '{"channel":"RoomChannel","pubsub_token":"token-of-somebody"}';
export const other = '{"channel":"RoomChannel","pubsub_token":"token-of-another"}';
export const third = '{"channel":"RoomChannel","pubsub_token":"token-of-a-third"}';

export const says = (command: object | string): Input => ({
  kind: 'received',
  text: typeof command === 'string' ? command : JSON.stringify(command),
});
export const subscribe = (identifier = room): Input => says({ command: 'subscribe', identifier });
export const unsubscribe = (identifier = room): Input => says({ command: 'unsubscribe', identifier });
export const perform = (action: string, identifier = room): Input =>
  says({ command: 'message', identifier, data: { action } });
export const admitted = (identifier = room): Input => ({ kind: 'admitted', identifier });

/** Inputs one after another, `at` ms after the start; what the last one led to. */
export const given = (session: Session, ...inputs: Input[]) => {
  const state = inputs.reduce((before, input) => step(before, input, NOW).session, session);
  return {
    when: (input: Input, at = 0) => {
      const { effects } = step(state, input, NOW + at);
      return { then: (...expected: Effect[]) => expect(effects.filter(isVisible)).toEqual(expected), effects };
    },
    state,
    signAt: ({ isSettled = true, at = 0 } = {}) => signAt(state, { ping: 'ping', isSettled }, NOW + at),
  };
};
const isVisible = ({ kind }: Effect): boolean => !['counted', 'answered', 'resumed'].includes(kind);
export const counts = (effects: readonly Effect[]) => effects.filter(({ kind }) => kind === 'counted');

export const frame = (fields: object): Effect => ({ kind: 'send', frame: JSON.stringify(fields) });
export const confirmed = (identifier = room): Effect => frame({ identifier, type: 'confirm_subscription' });
export const rejected = (identifier = room): Effect => frame({ identifier, type: 'reject_subscription' });
export const admit = (identifier: string, pubsubToken: string, isPatient = true): Effect => ({
  kind: 'admit',
  identifier,
  room: { kind: 'contact', pubsubToken },
  isPatient,
});
