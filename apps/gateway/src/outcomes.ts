/** What becomes of what a client says: for its answers and for the metrics. */
import type { CommandRefusal, IdentifierRefusal } from '@cablehub/cable';
import type { HistoryRefusal } from '@cablehub/log';

/** Why a subscription is refused. */
export type Refusal =
  IdentifierRefusal | 'bad_token_format' | 'unknown_token' | 'wrong_user' | 'revoked' | 'too_many_subscriptions';

/** What became of one frame from the client, for the metrics. */
export type CommandOutcome =
  | CommandRefusal
  | 'accepted'
  | 'binary'
  | 'rate_limited'
  | 'queue_full'
  | 'coalesced'
  | 'already_subscribed'
  | 'unknown_subscription'
  | 'unknown_action'
  | 'too_soon';

/** What became of a base client that came. */
export type RecoveryOutcome = 'nothing_missed' | 'confirmed' | HistoryRefusal;

/** What became of a client's question for what it missed. */
export type ResumeOutcome = 'confirmed' | ResumeRefusal;
/** `revoked`: the subscription ended before the answer, and there is nobody to tell. */
export type ResumeRefusal = HistoryRefusal | 'malformed' | 'unknown_stream' | 'revoked';
