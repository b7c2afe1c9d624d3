/** A hub in memory with an account that was made over HTTP: an administrator, an inbox of the API and a customer in it. */
import type { AttachmentsParts } from './attachments/parts.ts';
import { bench, TOKEN, type Bench } from './api.fixture.ts';
import type { ApiParts, ApiServer } from './server.ts';

export type Called = {
  readonly status: number;
  readonly text: string;
  readonly position: number;
  readonly body: Readonly<Record<string, unknown>>;
};
export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
type Call = (method: Method, path: string, body?: object) => Promise<Called>;

const caller =
  (app: ApiServer, prefix: string, headers: Readonly<Record<string, string>> = {}): Call =>
  async (method, path, payload) => {
    const response = await app.inject({
      method,
      url: `${prefix}${path}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    const text = response.payload;
    const body = text === '' ? {} : (JSON.parse(text) as Called['body']);
    return { status: response.statusCode, text, body, position: Number(response.headers['x-hub-position'] ?? 0) };
  };

const made = async <T>(calling: Promise<Called>): Promise<T> => {
  const { status, text } = await calling;
  if (status !== 200) throw new Error(`answered with ${status}: ${text}`);
  return JSON.parse(text) as T;
};

export type SetUp = {
  readonly account: { readonly id: number };
  readonly user: { readonly id: number; readonly access_token: string };
  readonly inbox: { readonly id: number; readonly inbox_identifier: string; readonly hmac_token: string };
};

export type Customer = { readonly id: number; readonly source_id: string; readonly pubsub_token: string };

/** Makes an account by documented calls alone. */
export const setUpAccount = async (app: ApiServer, name = 'Acme'): Promise<SetUp> => {
  const platform = caller(app, '/platform/api/v1', { api_access_token: TOKEN });
  const account = await made<SetUp['account']>(platform('POST', '/accounts', { name }));
  const john = { account_id: account.id, name: 'John', email: 'john@acme.inc' };
  const user = await made<SetUp['user']>(platform('POST', '/users', john));
  const role = { user_id: user.id, role: 'administrator' };
  await made(platform('POST', `/accounts/${account.id}/account_users`, role));
  const agent = caller(app, `/api/v1/accounts/${account.id}`, { api_access_token: user.access_token });
  const inbox = await made<SetUp['inbox']>(agent('POST', '/inboxes', { name: 'Api', channel: { type: 'api' } }));
  return { account, user, inbox };
};

export type Hub = Bench & {
  readonly set: SetUp;
  readonly asAgent: Call;
  readonly asCustomer: Call;
  readonly session: Customer;
  readonly conversation: { readonly id: number };
  /** Of the conversation, for its customer. */
  readonly path: string;
};

export const hub = async (attachments: Partial<AttachmentsParts> = {}, parts: Partial<ApiParts> = {}): Promise<Hub> => {
  const stage = await bench(parts, attachments);
  const set = await setUpAccount(stage.app);
  const asAgent = caller(stage.app, `/api/v1/accounts/${set.account.id}`, { api_access_token: set.user.access_token });
  const asCustomer = caller(stage.app, `/public/api/v1/inboxes/${set.inbox.inbox_identifier}`);
  const session = await made<Customer>(asCustomer('POST', '/contacts', { name: 'ada' }));
  const conversation = await made<Hub['conversation']>(
    asCustomer('POST', `/contacts/${session.source_id}/conversations`, {}),
  );
  const path = `/contacts/${session.source_id}/conversations/${conversation.id}`;
  return { ...stage, set, asAgent, asCustomer, session, conversation, path };
};
