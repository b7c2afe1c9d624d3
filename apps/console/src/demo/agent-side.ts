/** The agent's half of the demo at work: the agents' API and a socket of its own, folded into one inbox. */
import { computed, onBeforeUnmount, ref, shallowRef } from 'vue';
import { agentsApi } from '../api/agents-api.ts';
import { asProblem, isPassing, type HubProblem } from '../api/problem.ts';
import type { Availability, ConversationStatus, Team, User } from '../api/shapes.ts';
import { hubTime, type SignedIn } from '../session.ts';
import * as fold from './agent-inbox.ts';
import { openCable, type CableState } from './cable.ts';
import { failed, mergeAll, without, type Coming, type ShownMessage } from './thread.ts';
import { typingSignal } from './typing.ts';
import { whenConnected } from './when-connected.ts';

export type AgentSide = ReturnType<typeof useAgentSide>;

export const useAgentSide = ({ call, profile, account }: SignedIn, cableUrl: string) => {
  const api = agentsApi(call, account.id);
  const inbox = shallowRef(fold.emptyInbox);
  const cableState = shallowRef<CableState>({ kind: 'connecting' });
  const openId = ref<number | null>(null);
  const people = shallowRef<{ agents: readonly User[]; teams: readonly Team[] }>({ agents: [], teams: [] });
  const loadingThread = ref<number | null>(null);
  const page = ref(0);
  const hasMore = ref(false);
  /** Why the list could not be read; why something that was asked for was not done. */
  const listProblem = shallowRef<HubProblem | null>(null);
  const problem = shallowRef<HubProblem | null>(null);
  const isLoading = ref(true);

  const cable = openCable({
    url: cableUrl,
    hubTime,
    identity: { pubsub_token: profile.pubsub_token, account_id: account.id, user_id: profile.id },
    onState: (state) => {
      cableState.value = state;
      if (state.kind === 'connected') connected();
    },
    onFrame: (frame, hearing) => (inbox.value = fold.hear(inbox.value, frame, hearing)),
  });
  const tidy = setInterval(() => (inbox.value = fold.withoutStaleTyping(inbox.value, Date.now())), 1_000);
  onBeforeUnmount(() => {
    clearInterval(tidy);
    connected.stop();
    cable.close();
  });

  /** Does it, and shows why when it could not be done. */
  const attempt = async (action: () => Promise<unknown>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (error) {
      problem.value = asProblem(error);
      return false;
    }
  };

  const loadMore = async (): Promise<void> => {
    isLoading.value = true;
    listProblem.value = null;
    try {
      const { meta, payload } = (await api.conversations(page.value + 1)).data;
      inbox.value = fold.upsert(inbox.value, payload);
      page.value += 1;
      hasMore.value = payload.length > 0 && inbox.value.conversations.size < meta.all_count;
    } catch (error) {
      listProblem.value = asProblem(error);
    } finally {
      isLoading.value = false;
    }
  };
  /** Reads again what is shown; the rest is read when it is opened. */
  const readAgain = async (): Promise<void> => {
    if (isPassing(problem.value)) problem.value = null;
    for (const id of inbox.value.threads.keys())
      if (id !== openId.value) inbox.value = fold.withoutThread(inbox.value, id);
    await attempt(async () => {
      const { payload } = (await api.conversations(1)).data;
      inbox.value = fold.upsert(inbox.value, payload);
    });
    if (openId.value !== null) await loadThread(openId.value, 'read');
    if (people.value.agents.length === 0) await loadPeople();
  };
  const connected = whenConnected(readAgain);
  const loadPeople = (): Promise<boolean> =>
    attempt(async () => {
      const [agents, teams] = await Promise.all([api.agents(), api.teams()]);
      people.value = { agents, teams };
    });
  void loadMore();
  void loadPeople();

  /** Reads the messages. Begins with an empty thread, so that what the socket brings meanwhile has its place. */
  const loadThread = async (id: number, coming: Coming = 'live'): Promise<void> => {
    inbox.value = fold.withThread(inbox.value, id, []);
    loadingThread.value = id;
    const isRead = await attempt(async () => {
      const messages = await api.messages(id);
      inbox.value = fold.changeThread(inbox.value, id, (thread) => mergeAll(thread, messages, coming));
    });
    if (!isRead) inbox.value = fold.withoutThread(inbox.value, id);
    if (loadingThread.value === id) loadingThread.value = null;
  };
  const open = async (id: number): Promise<void> => {
    openId.value = id;
    if (!inbox.value.threads.has(id)) await loadThread(id);
  };
  const loadOlder = async (id: number): Promise<boolean> => {
    const before = inbox.value.threads.get(id)?.find((message) => message.id > 0)?.id;
    let count = 0;
    await attempt(async () => {
      const older = await api.messages(id, before);
      count = older.length;
      inbox.value = fold.withThread(inbox.value, id, older);
    });
    return count > 0;
  };

  const send = async (content: string, isPrivate: boolean): Promise<void> => {
    const id = openId.value;
    if (id === null) return;
    typing.stopped();
    const echoId = crypto.randomUUID();
    const pending: ShownMessage = {
      id: 0,
      echo_id: echoId,
      content,
      conversation_id: id,
      message_type: 1,
      private: isPrivate,
      created_at: Date.now() / 1000,
      sender: { id: profile.id, name: profile.name },
      isPending: true,
    };
    inbox.value = fold.changeThread(inbox.value, id, (thread) => [...thread, pending]);
    try {
      const sent = await api.send(id, { content, isPrivate, echoId });
      inbox.value = fold.withThread(inbox.value, id, [{ ...sent, echo_id: echoId }]);
    } catch (error) {
      const { message } = asProblem(error);
      inbox.value = fold.changeThread(inbox.value, id, (thread) => failed(thread, echoId, message));
    }
  };
  const again = async ({ echo_id: echoId, content, private: isPrivate = false }: ShownMessage): Promise<void> => {
    if (echoId != null) discard(echoId);
    await send(content ?? '', isPrivate);
  };
  const discard = (echoId: string): void => {
    if (openId.value !== null)
      inbox.value = fold.changeThread(inbox.value, openId.value, (thread) => without(thread, echoId));
  };

  const isNote = ref(false);
  const typing = typingSignal((status) => {
    if (openId.value !== null) void api.typing(openId.value, status, isNote.value).catch(() => undefined);
  });
  const seen = async (id: number): Promise<void> => {
    if ((inbox.value.conversations.get(id)?.unread_count ?? 0) === 0) return;
    inbox.value = fold.seen(inbox.value, id);
    await api.seen(id).catch(() => undefined);
  };
  const change = (action: (id: number) => Promise<unknown>): Promise<boolean> =>
    openId.value === null ? Promise.resolve(false) : attempt(() => action(openId.value!));

  return {
    me: profile.id,
    inbox,
    cable,
    cableState,
    openId,
    conversation: computed(() =>
      openId.value === null ? null : (inbox.value.conversations.get(openId.value) ?? null),
    ),
    thread: computed(() => (openId.value === null ? null : (inbox.value.threads.get(openId.value) ?? null))),
    isReading: computed(() => loadingThread.value !== null && loadingThread.value === openId.value),
    people,
    hasMore,
    isLoading,
    isNote,
    listProblem,
    problem,
    typing,
    loadMore,
    loadOlder,
    open,
    close: () => (openId.value = null),
    send,
    again,
    discard,
    seen,
    setAvailability: (availability: Availability) => attempt(() => api.setAvailability(availability)),
    setStatus: (status: ConversationStatus) => change((id) => api.setStatus(id, status)),
    assign: (userId: number | null) => change((id) => api.assign(id, userId)),
    giveToTeam: (teamId: number | null) => change((id) => api.giveToTeam(id, teamId)),
  };
};
