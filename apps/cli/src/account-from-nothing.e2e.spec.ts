import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { place, type Place } from './hub.fixture.ts';

describe('examples/account-from-nothing.sh', () => {
  let here: Place;
  beforeEach(async () => {
    here = await place();
  });
  afterEach(() => here.remove());

  it('makes an account and a conversation that is live, by HTTP alone', async () => {
    const hub = here.hub(['up', '--no-demo-account']);
    await hub.said('cablehub is up');
    const api = `http://127.0.0.1:${here.apiPort}`;
    const token = readFileSync(join(here.dataDir, 'api-token'), 'utf8').trim();
    const { code, out, err } = await here.example('account-from-nothing.sh', { API: api, TOKEN: token }).finished;
    expect([code, err]).toEqual([0, '']);
    const [, read = ''] = /as Ada reads it:\n(.*)\n/.exec(out) ?? [];
    expect(JSON.parse(read)).toMatchObject([
      { content: 'Is anybody there?', message_type: 0, sender: { name: 'Ada' } },
      { content: 'Yes, John is. How can I help?', message_type: 1, sender: { name: 'John' } },
    ]);

    const [, adas = ''] = /pubsub_token (\w{24})/.exec(out) ?? [];
    const [, account] = /^account (\d+)/.exec(out) ?? [];
    const listener = here.hub(['listen', '--token', adas, '--json', '--count', '2']);
    await listener.said('presence.update');
    const said = { id: 900, conversation_id: 1, message_type: 'outgoing', content: 'Still there?' };
    const posted = await fetch(`${api}/v1/accounts/${account}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'message.created', data: said }),
    });
    expect(posted.status).toBe(201);
    const heard = (await listener.finished).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(heard[1]).toMatchObject({ event: 'message.created', data: { content: 'Still there?', conversation_id: 1 } });
  });
});
