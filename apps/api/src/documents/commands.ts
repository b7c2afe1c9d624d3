/** What travels on the cable beside the 13 events: commands of the client and frames of the protocol (pure). */
import { z } from 'zod';

const identifier = z
  .string()
  .describe('JSON: {"channel":"RoomChannel","pubsub_token":…}, and "account_id" and "user_id" for an agent');

/** By name; each is one text message of the websocket. */
export const commands = {
  subscribe: z.object({ command: z.literal('subscribe'), identifier }),
  unsubscribe: z.object({ command: z.literal('unsubscribe'), identifier }),
  update_presence: z.object({
    command: z.literal('message'),
    identifier,
    data: z
      .union([z.string(), z.object({ action: z.literal('update_presence') })])
      .describe('{"action":"update_presence"}, as a string of JSON or as an object'),
  }),
} as const;

/** By name; each is one text message of the websocket. */
export const protocolFrames = {
  welcome: z.object({ type: z.literal('welcome') }),
  ping: z.object({ type: z.literal('ping'), message: z.int().describe('seconds since 1970') }),
  confirm_subscription: z.object({ type: z.literal('confirm_subscription'), identifier }),
  reject_subscription: z.object({ type: z.literal('reject_subscription'), identifier }),
  disconnect: z.object({ type: z.literal('disconnect'), reason: z.string().nullable(), reconnect: z.boolean() }),
} as const;
