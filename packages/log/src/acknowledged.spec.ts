import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { publishingTogether, type Outgoing } from './acknowledged.ts';

const message = (subject: string): Outgoing => ({ subject, body: '' });

it('publishes the calls of a turn one behind the other at its end, and answers each by itself', async () => {
  const sent: string[] = [];
  const publish = publishingTogether((messages) => {
    sent.push(...messages.map(({ subject }) => subject));
    return messages[0]?.subject === 'unanswered'
      ? new Promise(() => undefined)
      : Promise.resolve(messages.map(() => ({ ok: true, sequence: sent.length, duplicate: false })));
  });
  const first = publish([message('a'), message('b')]);
  void publish([message('unanswered')]);
  await Promise.resolve();
  const third = publish([message('c')]);
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual(['a', 'b', 'unanswered', 'c']);
  expect(await Promise.all([first, third])).toMatchObject([[{ sequence: 2 }, { sequence: 2 }], [{ sequence: 4 }]]);
  const next = publish([message('d')]);
  expect(await next).toMatchObject([{ sequence: 5 }]);
});
