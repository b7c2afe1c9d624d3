/** The agents' API, as far as the console uses it. */
import type { Call } from './http.ts';
import type {
  Availability,
  Conversation,
  ConversationList,
  ConversationStatus,
  Inbox,
  Message,
  Team,
  User,
} from './shapes.ts';

export type Draft = { readonly content: string; readonly isPrivate: boolean; readonly echoId: string };

export type AgentsApi = ReturnType<typeof agentsApi>;

export const agentsApi = (call: Call, accountId: number) => {
  const account = `/api/v1/accounts/${accountId}`;
  const at = (id: number, rest = ''): string => `${account}/conversations/${id}${rest}`;
  const post = <Answer>(path: string, body: object = {}): Promise<Answer> =>
    call<Answer>(path, { method: 'POST', body });

  return {
    conversations: (page: number) =>
      call<ConversationList>(`${account}/conversations`, { query: { status: 'all', assignee_type: 'all', page } }),
    conversation: (id: number) => call<Conversation>(at(id)),
    messages: async (id: number, before?: number): Promise<readonly Message[]> => {
      const { payload } = await call<{ payload: readonly Message[] }>(at(id, '/messages'), { query: { before } });
      return payload;
    },
    send: (id: number, { content, isPrivate, echoId }: Draft) =>
      post<Message>(at(id, '/messages'), { content, private: isPrivate, message_type: 'outgoing', echo_id: echoId }),
    setStatus: (id: number, status: ConversationStatus) => post<unknown>(at(id, '/toggle_status'), { status }),
    assign: (id: number, assigneeId: number | null) =>
      post<unknown>(at(id, '/assignments'), { assignee_id: assigneeId }),
    giveToTeam: (id: number, teamId: number | null) => post<unknown>(at(id, '/assignments'), { team_id: teamId ?? 0 }),
    typing: (id: number, status: 'on' | 'off', isPrivate: boolean) =>
      post<unknown>(at(id, '/toggle_typing_status'), { typing_status: status, is_private: isPrivate }),
    seen: (id: number) => post<unknown>(at(id, '/update_last_seen')),
    agents: () => call<readonly User[]>(`${account}/agents`),
    teams: () => call<readonly Team[]>(`${account}/teams`),
    inboxes: async (): Promise<readonly Inbox[]> =>
      (await call<{ payload: readonly Inbox[] }>(`${account}/inboxes`)).payload,
    setAvailability: (availability: Availability) =>
      post<unknown>('/api/v1/profile/availability', { profile: { account_id: accountId, availability } }),
  };
};
