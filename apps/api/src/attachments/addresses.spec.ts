import { describe, expect, it } from 'vitest';
import { bench } from '../api.fixture.ts';
import { hub } from '../hub.fixture.ts';
import { gif, pdf, type FormFile } from './attachments.fixture.ts';
import { attach, opened, pathOf } from './forms.fixture.ts';

describe('the address of an attachment', () => {
  it('leads to the file for five minutes, and then to it again', async () => {
    let now = 1_800_000_000_000;
    const stage = await hub({ now: () => now });
    const [one] = await attach(stage, { name: 'a.pdf', bytes: pdf });
    const leading = await stage.app.inject({ url: pathOf(one!.data_url) });
    expect(leading.statusCode).toBe(302);
    const url = new URL(String(leading.headers.location), one!.data_url);
    const ask = () => stage.app.inject({ url: `${url.pathname}${url.search}` });
    now += 299_000;
    expect((await ask()).statusCode).toBe(200);
    now += 1_000;
    const late = await ask();
    expect([late.statusCode, late.json()]).toMatchObject([
      403,
      { type: 'urn:cablehub:problem:forbidden', detail: expect.stringContaining('expired') as string },
    ]);
    expect((await opened(stage, one!.data_url)).statusCode).toBe(200);
  });

  it.each<[string, { readonly file: FormFile; readonly type: string; readonly disposition: RegExp }]>([
    [
      'shows a picture',
      {
        file: { name: '日 b.gif', bytes: gif },
        type: 'image/gif',
        disposition: /^inline; filename="\? b\.gif"; filename\*=UTF-8''%E6%97%A5%20b\.gif$/,
      },
    ],
    ['shows a PDF', { file: { name: 'a.pdf', bytes: pdf }, type: 'application/pdf', disposition: /^inline/ }],
    [
      'saves text',
      {
        file: { name: 'a.txt', bytes: '<script>alert(1)</script>' },
        type: 'text/plain',
        disposition: /^attachment; filename="a\.txt"$/,
      },
    ],
  ])('%s, and lets it run nothing', async (_what, { file, type, disposition }) => {
    const stage = await hub();
    const [one] = await attach(stage, file);
    const { statusCode, headers, rawPayload } = await opened(stage, one!.data_url);
    expect([statusCode, rawPayload.equals(Buffer.from(file.bytes))]).toEqual([200, true]);
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining(type) as string,
      'content-disposition': expect.stringMatching(disposition) as string,
      'content-length': String(rawPayload.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'cache-control': 'private, max-age=86400, immutable',
    });
    expect(String(headers['content-security-policy']).includes('sandbox')).toBe(type !== 'application/pdf');
  });

  it('gives a part, what has not changed, and what it would give', async () => {
    const stage = await hub();
    const [one] = await attach(stage, { name: 'a.pdf', bytes: pdf });
    const part = await opened(stage, one!.data_url, { range: 'bytes=1-3' });
    expect([part.statusCode, part.payload, part.headers['content-range']]).toEqual([
      206,
      'PDF',
      `bytes 1-3/${pdf.length}`,
    ]);
    const none = await opened(stage, one!.data_url, { range: 'bytes=99-' });
    expect([none.statusCode, none.headers['content-range']]).toEqual([416, `bytes */${pdf.length}`]);
    const same = await opened(stage, one!.data_url, { 'if-none-match': String(part.headers['etag']) });
    expect([same.statusCode, same.payload]).toEqual([304, '']);
    const other = await opened(stage, one!.data_url, { range: 'bytes=1-3', 'if-range': '"other"' });
    expect(other.statusCode).toBe(200);
    const leading = await stage.app.inject({ method: 'HEAD', url: pathOf(one!.data_url) });
    const url = new URL(String(leading.headers.location), one!.data_url);
    const head = await stage.app.inject({ method: 'HEAD', url: `${url.pathname}${url.search}` });
    expect([head.statusCode, head.payload, head.headers['content-length']]).toEqual([200, '', String(pdf.length)]);
  });

  it('is of no use when any of it is made up', async () => {
    const stage = await hub();
    const [one, two] = await attach(stage, { name: 'a.pdf', bytes: pdf }, { name: 'b.pdf', bytes: pdf });
    const leading = await stage.app.inject({ url: pathOf(one!.data_url) });
    const url = new URL(String(leading.headers.location), one!.data_url);
    const other = /attachments\/([^.]+)/.exec(two!.data_url)![1]!;
    const [later, key] = [Number(url.searchParams.get('until')) + 60, url.pathname.split('/')[3]!];
    const forged = [
      url.pathname.replace(key, other) + url.search,
      url.pathname + url.search.replace(/until=\d+/, `until=${later}`),
      url.pathname + url.search.replace(/signature=./, 'signature=_'),
    ];
    for (const path of forged) expect((await stage.app.inject({ url: path })).statusCode, path).toBe(403);
    expect((await stage.app.inject({ url: url.pathname })).statusCode).toBe(422);
    const wrong = await stage.app.inject({ url: pathOf(one!.data_url).replace('/1_', '/2_') });
    expect([wrong.statusCode, wrong.json()]).toMatchObject([404, { type: 'urn:cablehub:problem:not_found' }]);
  });

  it('is described', async () => {
    const { app } = await bench();
    const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, unknown>> }>();
    expect(Object.keys(paths['/attachments/{signed_id}/{file_name}']?.['get'] ?? {})).toContain('responses');
    const route =
      '/public/api/v1/inboxes/{inbox_identifier}/contacts/{source_id}/conversations/{conversation_id}/messages';
    expect(paths[route]?.['post']).toMatchObject({
      requestBody: { content: { 'application/json': {}, 'multipart/form-data': {} } },
    });
  });
});
