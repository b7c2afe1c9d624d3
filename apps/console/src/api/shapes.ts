/** What the hub's HTTP APIs and frames carry, as far as the console reads it. */

export type ConversationStatus = 'open' | 'resolved' | 'pending' | 'snoozed';
export type Availability = 'online' | 'busy' | 'offline';

export type ConsoleConfig = {
  readonly cable_url: string;
  readonly version: string;
  /** The hub's clock: Unix ms. */
  readonly now: number;
  /** Only in development. */
  readonly demo: Demo | null;
};

export type Demo = {
  readonly access_token: string;
  readonly account_id: number;
  readonly inbox_identifier: string;
};

export type Profile = {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly pubsub_token: string;
  readonly accounts: readonly { readonly id: number; readonly name: string; readonly role: string }[];
};

export type User = {
  readonly id: number;
  readonly name: string;
  readonly available_name?: string | null;
  readonly availability_status?: Availability | null;
};

export type Team = { readonly id: number; readonly name: string };

export type Contact = { readonly id: number; readonly name: string; readonly email?: string | null };

export type Inbox = {
  readonly id: number;
  readonly name: string;
  readonly channel_type?: string;
  readonly inbox_identifier?: string | null;
};

/** 0 incoming, 1 outgoing, 2 activity, 3 template. */
export type MessageType = 0 | 1 | 2 | 3;

export type Attachment = {
  readonly id: number;
  readonly file_type: string;
  readonly data_url?: string;
  readonly fallback_title?: string | null;
};

export type Message = {
  readonly id: number;
  readonly content: string | null;
  readonly conversation_id: number;
  readonly message_type: MessageType;
  readonly private?: boolean;
  readonly status?: 'sent' | 'delivered' | 'read' | 'failed';
  readonly content_attributes?: { readonly deleted?: boolean };
  readonly created_at: number;
  readonly updated_at?: string;
  readonly sender?: { readonly id: number; readonly name: string; readonly type?: string } | null;
  readonly attachments?: readonly Attachment[];
  readonly echo_id?: string | null;
};

export type Conversation = {
  readonly id: number;
  readonly inbox_id: number;
  readonly status: ConversationStatus;
  readonly unread_count: number;
  readonly last_activity_at: number;
  readonly contact_last_seen_at?: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly messages: readonly Message[];
  readonly meta: {
    readonly sender: Contact;
    readonly assignee?: User | null;
    readonly team?: Team | null;
  };
};

export type ConversationList = {
  readonly data: {
    readonly meta: {
      readonly mine_count: number;
      readonly assigned_count?: number;
      readonly unassigned_count: number;
      readonly all_count: number;
    };
    readonly payload: readonly Conversation[];
  };
};

export type PublicContact = {
  readonly source_id: string;
  readonly pubsub_token: string;
  readonly id: number;
  readonly name: string;
};

export type PublicConversation = {
  readonly id: number;
  readonly status?: ConversationStatus;
  readonly messages?: readonly Message[];
};

/** A frame's `message`: the event and its data. */
export type Frame = { readonly event: string; readonly data: Readonly<Record<string, unknown>> };
