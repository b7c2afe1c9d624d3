/** Rails' own JavaScript client outside a browser: given a WebSocket, and the two globals its monitor looks at. */
import ActionCable, { type Consumer } from '@rails/actioncable';
import { WebSocket } from 'ws';

export type { Consumer } from '@rails/actioncable';

export const createRailsConsumer = (url: string): Consumer => {
  Object.assign(ActionCable.adapters, { WebSocket });
  // The client listens for the page becoming visible; there is no page here.
  const page = globalThis as { addEventListener?: unknown; removeEventListener?: unknown };
  page.addEventListener ??= () => undefined;
  page.removeEventListener ??= () => undefined;
  return ActionCable.createConsumer(url);
};
