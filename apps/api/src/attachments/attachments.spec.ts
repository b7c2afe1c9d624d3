import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hub, type Hub } from '../hub.fixture.ts';
import { formOf, gif, pdf, png } from './attachments.fixture.ts';
import { attach, pathOf, sending } from './forms.fixture.ts';

const eventsOf = ({ log }: Hub) => log.lastPosition();

describe('files of a message', () => {
  it('are told with the message as the original tells them', async () => {
    const stage = await hub();
    const files = [
      { name: 'Übersicht 1.png', bytes: png(3, 2) },
      { name: 'a.pdf', bytes: pdf },
    ];
    const { body } = await sending(stage)(formOf({ content: 'see' }, files));
    const url = /^http:\/\/localhost\/attachments\/1_[\w-]{36}\.[\w-]{43}\/%C3%9Cbersicht%201\.png$/;
    expect(body).toMatchObject({
      content: 'see',
      attachments: [
        {
          id: 1,
          message_id: body['id'],
          account_id: 1,
          file_type: 'image',
          extension: 'png',
          content_type: 'image/png',
          data_url: expect.stringMatching(url) as string,
          thumb_url: expect.stringMatching(url) as string,
          file_size: png(3, 2).length,
          width: 3,
          height: 2,
        },
        { id: 2, file_type: 'file', extension: 'pdf', thumb_url: '', file_size: pdf.length, width: null, height: null },
      ],
    });
  });

  it('are enough of a message, for a customer too, and reach the other side', async () => {
    const stage = await hub();
    const body = new Response(formOf({}, [{ name: 'a.gif', bytes: gif }]));
    const response = await stage.app.inject({
      method: 'POST',
      url: `/public/api/v1/inboxes/${stage.set.inbox.inbox_identifier}${stage.path}/messages`,
      headers: { 'content-type': body.headers.get('content-type')! },
      payload: Buffer.from(await body.arrayBuffer()),
    });
    expect(response.json()).toMatchObject({ content: null, attachments: [{ id: 1, file_type: 'image' }] });
    const seen = await stage.asAgent('GET', '/conversations/1/messages');
    expect(seen.body).toMatchObject({ payload: [{ attachments: [{ extension: 'gif' }] }] });
  });

  it('are begun where the setting says', async () => {
    const stage = await hub({ publicUrl: 'https://hub.example.com/here' });
    const [one] = await attach(stage, { name: 'a.gif', bytes: gif });
    expect(one?.data_url).toMatch(/^https:\/\/hub\.example\.com\/here\/attachments\//);
  });

  it('are not begun with what a request says of its host', async () => {
    const stage = await hub();
    const body = new Response(formOf({}, [{ name: 'a.gif', bytes: gif }]));
    const response = await stage.app.inject({
      method: 'POST',
      url: `/public/api/v1/inboxes/${stage.set.inbox.inbox_identifier}${stage.path}/messages`,
      headers: {
        'content-type': body.headers.get('content-type')!,
        host: 'elsewhere.example',
        'x-forwarded-host': 'elsewhere.example',
      },
      payload: Buffer.from(await body.arrayBuffer()),
    });
    expect(response.statusCode).toBe(200);
    expect(response.payload).not.toContain('elsewhere');
  });

  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `${index}.gif`, bytes: gif }));

  type Refusal = { readonly status: number; readonly says: string; readonly form: FormData; readonly path?: string };

  it.each<[string, Refusal]>([
    [
      'of a kind that is not taken',
      { status: 422, says: 'not supported: a.html', form: formOf({}, [...many(2), { name: 'a.html', bytes: '<p>' }]) },
    ],
    [
      'that are too large',
      {
        status: 413,
        says: 'at most 300000 bytes: a.png',
        form: formOf({}, [...many(1), { name: 'a.png', bytes: png(1, 1, randomBytes(300_000)) }]),
      },
    ],
    ['that are too many', { status: 422, says: 'at most 15 attachments', form: formOf({}, many(16)) }],
    ['that are far too many', { status: 422, says: 'at most 15 attachments', form: formOf({}, many(40)) }],
    ['with a field that cannot be', { status: 422, says: 'private', form: formOf({ private: 'maybe' }, many(1)) }],
    [
      'of a message that is refused',
      {
        status: 422,
        says: 'Incoming messages are only allowed in Api inboxes',
        form: formOf({ message_type: 'incoming' }, many(3)),
        path: '/conversations/900/messages',
      },
    ],
    [
      'for a conversation that is not there',
      { status: 404, says: 'not be found', form: formOf({}, many(1)), path: '/conversations/77/messages' },
    ],
    [
      'for a path that is none',
      { status: 404, says: 'not be found', form: formOf({}, many(1)), path: '/conversations/x/messages' },
    ],
    [
      'where none are taken',
      { status: 422, says: 'Files are not taken', form: formOf({ name: 'sales' }, many(1)), path: '/teams' },
    ],
  ])('%s are refused, and nothing is kept or said', async (_what, { status, says, form, path }) => {
    const stage = await hub();
    await stage.post([
      { type: 'inbox.created', data: { id: 900, name: 'mail', channel: 'Channel::Email' } },
      {
        type: 'contact_inbox.created',
        data: {
          id: 900,
          contact_id: stage.session.id,
          inbox_id: 900,
          source_id: 'mail',
          pubsub_token: 'a-token-of-the-mail-session',
        },
      },
      { type: 'conversation.created', data: { id: 900, inbox_id: 900, contact_inbox_id: 900 } },
    ]);
    const before = await eventsOf(stage);
    await stage.app.inject({
      url: '/api/v1/profile',
      headers: { api_access_token: stage.set.user.access_token, 'x-hub-position': String(before) },
    });
    const refused = await sending(stage)(form, path);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([status, expect.stringContaining(says)]);
    expect([await eventsOf(stage), stage.files.keys()]).toEqual([before, []]);
  });

  it('are all the largest number of the largest size', async () => {
    const stage = await hub();
    const largest = png(1, 1, randomBytes(300_000 - png(1, 1).length));
    const files = Array.from({ length: 15 }, (_, index) => ({ name: `${index}.png`, bytes: largest }));
    expect(await attach(stage, ...files)).toHaveLength(15);
    expect(stage.files.keys()).toHaveLength(15);
  });

  it('go with a message that is deleted', async () => {
    const stage = await hub();
    const [gone] = await attach(stage, { name: 'a.gif', bytes: gif });
    const [kept] = await attach(stage, { name: 'b.gif', bytes: gif });
    const messages = await stage.asAgent('GET', '/conversations/1/messages');
    const { payload } = messages.body as { payload: readonly { readonly id: number }[] };
    await stage.asAgent('DELETE', `/conversations/1/messages/${payload[0]?.id}`);
    const answers = [gone, kept].map(
      async (one) => (await stage.app.inject({ url: pathOf(one!.data_url) })).statusCode,
    );
    expect(await Promise.all(answers)).toEqual([404, 302]);
  });
});
