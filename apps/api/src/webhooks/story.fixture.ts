/** Views that webhooks make and change, without a log. */
import { positionOf, type RecordedEvent } from '@cablehub/events';
import { project, queryableViews } from '@cablehub/projector';
import { onTestFinished } from 'vitest';
import { takeWebhook, type TakenWebhook } from './chatwoot.ts';
import { webhook } from './payload.ts';
import type { Body } from './webhooks.fixture.ts';

export const NOW = '2026-02-01T00:00:00.000Z';

export type Told = TakenWebhook & { readonly said: readonly Body[] };

/** Views that have taken some webhooks, and what follows from one more. */
export const given = (...before: readonly Body[]) => {
  const views = queryableViews(':memory:');
  onTestFinished(() => views.close());
  let position = 0;
  const decide = (body: Body) => {
    const decision = takeWebhook(webhook.parse(body), 'mark')(views, {
      accountId: 1 as never,
      now: NOW,
      newId: () => 'not used',
      newSecret: () => 'secret-of-24-characters-',
      random: () => 0,
      takeId: () => 0,
    });
    if (!decision.ok) throw new Error(JSON.stringify(decision.refusal));
    return decision;
  };
  const take = (body: Body): Told => {
    const { events, result } = decide(body);
    views.begin();
    for (const { event } of events) {
      position += 1;
      project(views, { ...event, position: positionOf(position), recordedAt: 0 } as RecordedEvent, {
        contactTokens: 'visible',
      });
    }
    views.commit(positionOf(position));
    const said = events.map(({ event: { type, time, id: eventId, data }, ...rest }) => ({
      type,
      time,
      eventId,
      ...data,
      ...rest,
    }));
    return { ...result, said };
  };
  before.forEach(take);
  return { views, decide, when: take };
};
