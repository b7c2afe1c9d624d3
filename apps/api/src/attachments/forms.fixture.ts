/** Forms sent to a hub in memory, and the files of its answers. */
import type { Hub } from '../hub.fixture.ts';
import { formOf, type FormFile } from './attachments.fixture.ts';

export type Sent = { readonly status: number; readonly body: Record<string, unknown> };
export type Attached = { readonly data_url: string; readonly thumb_url: string };

/** Sends a form as an agent, to the first conversation unless said otherwise. */
export const sending =
  ({ app, set }: Hub) =>
  async (form: FormData, path = '/conversations/1/messages'): Promise<Sent> => {
    const body = new Response(form);
    const response = await app.inject({
      method: 'POST',
      url: `/api/v1/accounts/1${path}`,
      headers: { api_access_token: set.user.access_token, 'content-type': body.headers.get('content-type')! },
      payload: Buffer.from(await body.arrayBuffer()),
    });
    return { status: response.statusCode, body: response.json() };
  };

/** An address without where the api is. */
export const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/]+/, '');

export const opened = async ({ app }: Pick<Hub, 'app'>, dataUrl: string, headers: Record<string, string> = {}) => {
  const leading = await app.inject({ url: pathOf(dataUrl) });
  const url = new URL(String(leading.headers.location), dataUrl);
  return app.inject({ url: `${url.pathname}${url.search}`, headers });
};

export const attach = async (stage: Hub, ...files: readonly FormFile[]): Promise<readonly Attached[]> => {
  const { status, body } = await sending(stage)(formOf({ content: 'see' }, files));
  if (status !== 200) throw new Error(`answered with ${status}: ${JSON.stringify(body)}`);
  return body['attachments'] as Attached[];
};
