/** The part of Rails' JavaScript client that the specifications use; it comes without types. */
declare module '@rails/actioncable' {
  export interface Subscription {
    perform(action: string, data?: object): void;
    unsubscribe(): void;
  }
  export interface Consumer {
    readonly subscriptions: { create(params: object, callbacks: object): Subscription };
    disconnect(): void;
  }
  const ActionCable: {
    readonly adapters: { WebSocket: unknown };
    readonly createConsumer: (url: string) => Consumer;
  };
  export default ActionCable;
}

declare module 'actioncable-7-0' {
  export { default } from '@rails/actioncable';
}
