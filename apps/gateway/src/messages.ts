/** The messages of deliveries: each is made once, for however many subscriptions it is. */
import { Message, offsetTail } from '@cablehub/cable';
import type { HeardDelivery } from '@cablehub/log';

/** A delivery that becomes frames. */
export type FrameDelivery = HeardDelivery & { readonly kind: 'frame' };

/** `isPlaced`: for a subscription whose stored messages say their place in the stream. */
export type MessageOf = (delivery: FrameDelivery, isPlaced: boolean) => Message;

type Made = { bare: Message | null; placed: Message | null };

export const createMessages = (): MessageOf => {
  const made = new WeakMap<FrameDelivery, Made>();
  // A lane tells all its listeners of one delivery before the next.
  let last: FrameDelivery | null = null;
  let lastMade: Made = { bare: null, placed: null };

  const madeOf = (delivery: FrameDelivery): Made => {
    if (delivery === last) return lastMade;
    const found = made.get(delivery) ?? { bare: null, placed: null };
    made.set(delivery, found);
    last = delivery;
    lastMade = found;
    return found;
  };

  return (delivery, isPlaced) => {
    const messages = madeOf(delivery);
    const { payload, stored } = delivery;
    if (!isPlaced || stored === null) return (messages.bare ??= new Message(payload));
    return (messages.placed ??= new Message(payload, offsetTail(stored.offset)));
  };
};
