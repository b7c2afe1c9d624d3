/** The Client API, as far as the console uses it: what a customer's own page calls. */
import type { Call } from './http.ts';
import type { Message, PublicContact, PublicConversation } from './shapes.ts';

export type ClientApi = ReturnType<typeof clientApi>;

export const clientApi = (call: Call, inboxIdentifier: string) => {
  const contacts = `/public/api/v1/inboxes/${encodeURIComponent(inboxIdentifier)}/contacts`;
  const at = (sourceId: string, rest: string): string => `${contacts}/${encodeURIComponent(sourceId)}${rest}`;
  const post = <Answer>(path: string, body: object = {}): Promise<Answer> =>
    call<Answer>(path, { method: 'POST', body });

  return {
    createContact: (name: string) => post<PublicContact>(contacts, { name }),
    createConversation: (sourceId: string) => post<PublicConversation>(at(sourceId, '/conversations')),
    conversation: (sourceId: string, id: number) => call<PublicConversation>(at(sourceId, `/conversations/${id}`)),
    messages: (sourceId: string, id: number) => call<readonly Message[]>(at(sourceId, `/conversations/${id}/messages`)),
    send: (sourceId: string, id: number, { content, echoId }: { content: string; echoId: string }) =>
      post<Message>(at(sourceId, `/conversations/${id}/messages`), { content, echo_id: echoId }),
    typing: (sourceId: string, id: number, status: 'on' | 'off') =>
      post<unknown>(at(sourceId, `/conversations/${id}/toggle_typing`), { typing_status: status }),
    seen: (sourceId: string, id: number) => post<unknown>(at(sourceId, `/conversations/${id}/update_last_seen`)),
  };
};
