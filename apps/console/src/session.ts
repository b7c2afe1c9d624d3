/** Who is signed in. The token is the only thing that local storage ever holds. */
import { computed, shallowRef } from 'vue';
import { callsWith, type Call } from './api/http.ts';
import { asProblem, problemOf, type HubProblem } from './api/problem.ts';
import type { ConsoleConfig, Profile } from './api/shapes.ts';

const TOKEN = 'cablehub.token';

export type SignedIn = {
  readonly token: string;
  readonly profile: Profile;
  readonly account: Profile['accounts'][number];
  /** Calls as this user, to the agents' API and to the hub's own. */
  readonly call: Call;
  readonly headers: Readonly<Record<string, string>>;
};

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signed_out'; readonly problem: HubProblem | null }
  | { readonly kind: 'failed'; readonly problem: HubProblem }
  | { readonly kind: 'signed_in'; readonly user: SignedIn };

let ahead = 0;
/** The hub's clock, in Unix ms, as it was told at the start: that of this machine may be wrong. */
export const hubTime = (): number => Date.now() + ahead;

export const config = shallowRef<ConsoleConfig | null>(null);
export const state = shallowRef<SessionState>({ kind: 'starting' });
export const user = computed(() => (state.value.kind === 'signed_in' ? state.value.user : null));

const headersOf = (token: string): Readonly<Record<string, string>> => ({
  api_access_token: token,
  authorization: `Bearer ${token}`,
});

/** When the last answer from a path began to come, in Unix ms: the page, which has much to do while it starts, may look at it much later. */
const answeredAt = (path: string): number => {
  const timing = performance.getEntriesByType('resource').findLast(({ name }) => new URL(name).pathname === path) as
    PerformanceResourceTiming | undefined;
  return timing === undefined ? Date.now() : performance.timeOrigin + timing.responseStart;
};

/** Reads the configuration, then signs in with the kept token, or in development as the demo's agent. */
export const start = async (): Promise<void> => {
  state.value = { kind: 'starting' };
  try {
    config.value = await callsWith({})<ConsoleConfig>('/console/config');
    ahead = config.value.now - answeredAt('/console/config');
    const token = localStorage.getItem(TOKEN) ?? config.value.demo?.access_token ?? null;
    if (token === null) state.value = { kind: 'signed_out', problem: null };
    else await signIn(token);
  } catch (error) {
    state.value = { kind: 'failed', problem: asProblem(error) };
  }
};

/** Signs in and keeps the token; one that is not accepted is forgotten, and the page asks for another. */
export const signIn = async (token: string): Promise<void> => {
  const headers = headersOf(token);
  try {
    const profile = await callsWith(headers)<Profile>('/api/v1/profile');
    const account = profile.accounts[0];
    if (account === undefined) throw problemOf('forbidden', 'this user belongs to no account');
    localStorage.setItem(TOKEN, token);
    const expired = (): void => signOut(problemOf('unauthorized'));
    state.value = { kind: 'signed_in', user: { token, profile, account, call: callsWith(headers, expired), headers } };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === 'unreachable' || problem.code === 'unavailable') throw problem;
    signOut(problem);
  }
};

export const signOut = (problem: HubProblem | null = null): void => {
  localStorage.removeItem(TOKEN);
  state.value = { kind: 'signed_out', problem };
};

/** Shows another of the user's accounts. */
export const switchAccount = (id: number): void => {
  const current = user.value;
  const account = current?.profile.accounts.find((one) => one.id === id);
  if (current && account) state.value = { kind: 'signed_in', user: { ...current, account } };
};
