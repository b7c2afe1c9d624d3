/** The demo account: what a hub that has just been made shows its first visitor. */
import { readFileSync } from 'node:fs';
import { accountId, definitionOf, eventId, isEventType, type NewEvent } from '@cablehub/events';
import { connectNats, jetStreamLog } from '@cablehub/log';
import type { NatsPlace } from '@cablehub/process';
import { z } from 'zod';
import { Failure } from './failure.ts';

export const DEMO_ACCOUNT = accountId.parse(1);
export const demoTokens = { agent: 'demo-agent-john-1', customer: 'demo-customer-ada-1' } as const;
/** With what the console signs its first visitor in. */
export const demoSignIn = {
  access_token: 'demo-access-token-john-1',
  account_id: DEMO_ACCOUNT,
  inbox_identifier: 'demo-inbox-of-acme-1',
} as const;

const exampleFile = (name: string): URL => new URL(`../../../examples/${name}`, import.meta.url);

const storyLine = z.object({
  id: eventId,
  type: z.string().refine(isEventType),
  time: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});
export type StoryEvent = z.infer<typeof storyLine>;

/** The events of an example, in order. */
export const readStory = (name: 'demo-account.ndjson' | 'onehash.ndjson'): readonly StoryEvent[] =>
  readFileSync(exampleFile(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => storyLine.parse(JSON.parse(line)));

/** Appends the demo account when the log is empty. True when the log holds it, from now or from before. */
export const loadDemoAccount = async (nats: NatsPlace): Promise<boolean> => {
  const link = await connectNats({ ...nats, name: 'cablehub-admin' });
  try {
    const log = jetStreamLog(link);
    const [first] = readStory('demo-account.ndjson');
    if ((await log.lastPosition()) > 0) {
      for await (const entry of log.read({ filter: { accountId: DEMO_ACCOUNT } }))
        return entry.type !== 'unreadable' && entry.id === first?.id;
      return false;
    }
    const results = await log.append(readStory('demo-account.ndjson').map((event) => ({ event: asNewEvent(event) })));
    if (results.every(({ ok }) => ok)) return true;
    throw new Failure('the demo account could not be appended; start again, or use --no-demo-account');
  } finally {
    await link.close();
  }
};

const asNewEvent = ({ id, type, time, data }: StoryEvent): NewEvent =>
  ({
    id,
    type,
    time: new Date(time).toISOString(),
    data: definitionOf(type).data.parse(data),
    accountId: DEMO_ACCOUNT,
    source: '/cli',
  }) as NewEvent;
