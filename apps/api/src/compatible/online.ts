/** Which contacts are online: presence knows, and is asked at most once a second for each account. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId, ContactId } from '@cablehub/events';
import type { Signals } from '@cablehub/log';

export type Online = ReadonlySet<ContactId>;
/** Those of an account; none when presence does not say in time. Never rejects. */
export type FindOnline = (account: AccountId) => Promise<Online>;

const FRESH_MS = 1_000;
/** An answer does not wait for presence for longer. */
const PATIENCE_MS = 500;
const MOST_ACCOUNTS = 10_000;
const nobody: Online = new Set();

export const onlineContacts = (signals: Pick<Signals, 'askPresence'>, now: () => number = Date.now): FindOnline => {
  const asked = new Map<AccountId, { readonly at: number; readonly answer: Promise<Online> }>();

  const ask = async (account: AccountId): Promise<Online> => {
    const { contacts } = await signals.askPresence(account);
    return new Set(Object.keys(contacts).map((id) => Number(id) as ContactId));
  };
  const askOnce = (account: AccountId): Promise<Online> =>
    Promise.race([ask(account).catch(() => nobody), pause(PATIENCE_MS, nobody, { ref: false })]);

  return (account) => {
    const last = asked.get(account);
    if (last !== undefined && now() - last.at < FRESH_MS) return last.answer;
    const answer = askOnce(account);
    asked.delete(account);
    asked.set(account, { at: now(), answer });
    const [oldest] = asked.keys();
    if (asked.size > MOST_ACCOUNTS && oldest !== undefined) asked.delete(oldest);
    return answer;
  };
};
