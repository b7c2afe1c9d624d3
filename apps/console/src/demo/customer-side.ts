/** The customer's half of the demo at work: the Client API and a socket of its own. */
import { onBeforeUnmount, ref, shallowRef } from 'vue';
import { clientApi } from '../api/client-api.ts';
import { callsWith } from '../api/http.ts';
import { asProblem, isPassing, type HubProblem } from '../api/problem.ts';
import type { PublicContact } from '../api/shapes.ts';
import { hubTime } from '../session.ts';
import { openCable, type Cable, type CableState } from './cable.ts';
import { emptyChat, hearAsCustomer, startedWith, type CustomerChat } from './customer-chat.ts';
import { failed, merge, without, type Coming, type ShownMessage } from './thread.ts';
import { typingSignal } from './typing.ts';
import { whenConnected } from './when-connected.ts';

/** Who the customer is, for as long as the tab is open. */
type Kept = { readonly contact: PublicContact; readonly conversationId: number };

const keyOf = (identifier: string): string => `cablehub.customer.${identifier}`;

const keptFor = (identifier: string): Kept | null => {
  const text = sessionStorage.getItem(keyOf(identifier));
  return text === null ? null : (JSON.parse(text) as Kept);
};

export type CustomerSide = ReturnType<typeof useCustomerSide>;

export const useCustomerSide = (identifier: string, cableUrl: string) => {
  const api = clientApi(callsWith({}), identifier);
  const chat = shallowRef<CustomerChat>(emptyChat);
  const contact = shallowRef<PublicContact | null>(null);
  const cable = shallowRef<Cable | null>(null);
  const cableState = shallowRef<CableState>({ kind: 'connecting' });
  const problem = shallowRef<HubProblem | null>(null);
  const isBusy = ref(false);

  const readAgain = async (): Promise<void> => {
    const [who, id] = [contact.value, chat.value.conversationId];
    if (isPassing(problem.value)) problem.value = null;
    if (who !== null && id !== null) await read(who.source_id, id, 'read').catch(() => undefined);
  };
  let connected = whenConnected(readAgain);
  const read = async (sourceId: string, id: number, coming?: Coming): Promise<void> => {
    const [conversation, messages] = await Promise.all([api.conversation(sourceId, id), api.messages(sourceId, id)]);
    chat.value = startedWith(chat.value, { ...conversation, messages }, coming);
  };
  const connect = (who: PublicContact): void => {
    contact.value = who;
    connected.stop();
    connected = whenConnected(readAgain);
    cable.value = openCable({
      url: cableUrl,
      hubTime,
      identity: { pubsub_token: who.pubsub_token },
      onState: (state) => {
        cableState.value = state;
        if (state.kind === 'connected') connected();
      },
      onFrame: (frame, hearing) => (chat.value = hearAsCustomer(chat.value, frame, hearing)),
    });
  };
  const forget = (): void => {
    sessionStorage.removeItem(keyOf(identifier));
    cable.value?.close();
    [contact.value, cable.value, chat.value, problem.value] = [null, null, emptyChat, null];
  };
  const tidy = setInterval(() => {
    const { typing } = chat.value;
    if (typing && typing.until <= Date.now()) chat.value = { ...chat.value, typing: null };
  }, 1_000);
  onBeforeUnmount(() => {
    clearInterval(tidy);
    connected.stop();
    cable.value?.close();
  });

  /** Goes on with the conversation of before, when the tab was only loaded again. */
  const resume = async (): Promise<void> => {
    const kept = keptFor(identifier);
    if (kept === null) return;
    isBusy.value = true;
    try {
      await read(kept.contact.source_id, kept.conversationId);
      connect(kept.contact);
    } catch (error) {
      problem.value = asProblem(error);
      if (problem.value.code === 'not_found') forget();
    } finally {
      isBusy.value = false;
    }
  };
  void resume();

  /** A contact, its socket, and a conversation: made with the first message. */
  const begin = async (name: string): Promise<{ sourceId: string; id: number }> => {
    const { conversationId } = chat.value;
    if (contact.value === null) connect(await api.createContact(name));
    const who = contact.value!;
    if (conversationId !== null) return { sourceId: who.source_id, id: conversationId };
    const conversation = await api.createConversation(who.source_id);
    chat.value = startedWith(chat.value, conversation);
    sessionStorage.setItem(keyOf(identifier), JSON.stringify({ contact: who, conversationId: conversation.id }));
    return { sourceId: who.source_id, id: conversation.id };
  };

  const send = async (content: string, name: string): Promise<void> => {
    typing.stopped();
    const echoId = crypto.randomUUID();
    const pending: ShownMessage = {
      id: 0,
      echo_id: echoId,
      content,
      conversation_id: chat.value.conversationId ?? 0,
      message_type: 0,
      created_at: Date.now() / 1000,
      isPending: true,
    };
    chat.value = { ...chat.value, thread: [...chat.value.thread, pending] };
    try {
      const { sourceId, id } = await begin(name);
      const sent = await api.send(sourceId, id, { content, echoId });
      chat.value = { ...chat.value, thread: merge(chat.value.thread, { ...sent, echo_id: echoId }).thread };
    } catch (error) {
      chat.value = { ...chat.value, thread: failed(chat.value.thread, echoId, asProblem(error).message) };
    }
  };
  const again = async ({ echo_id: echoId, content }: ShownMessage, name: string): Promise<void> => {
    if (echoId != null) discard(echoId);
    await send(content ?? '', name);
  };
  const typing = typingSignal((status) => {
    const { conversationId } = chat.value;
    if (contact.value === null || conversationId === null) return;
    void api.typing(contact.value.source_id, conversationId, status).catch(() => undefined);
  });
  const seen = async (): Promise<void> => {
    const { conversationId, unread } = chat.value;
    if (contact.value === null || conversationId === null || unread === 0) return;
    chat.value = { ...chat.value, unread: 0 };
    await api.seen(contact.value.source_id, conversationId).catch(() => undefined);
  };
  const discard = (echoId: string): void => {
    chat.value = { ...chat.value, thread: without(chat.value.thread, echoId) };
  };

  return { chat, contact, cable, cableState, problem, isBusy, resume, send, again, typing, seen, discard, forget };
};
