/** Every event with its projection; one that is missing does not compile. */
import type { EventType, RecordedEvent } from '@cablehub/events';
import type { ReadViews } from '../views.ts';
import { conversations } from './conversations.ts';
import { customers } from './customers.ts';
import type { Evolution, Evolves } from './evolution.ts';
import { messages } from './messages.ts';
import { people } from './people.ts';

const evolves: Evolves<EventType> = { ...people, ...customers, ...conversations, ...messages };

/**
 * What an event does to the views. Reads them, changes nothing; the same views and event give the same answer, with no
 * clock and no chance, so a replay gives the same rows byte for byte.
 */
export const evolve = (views: ReadViews, event: RecordedEvent): Evolution => {
  const evolveOne = evolves[event.type] as (views: ReadViews, event: RecordedEvent) => Evolution;
  return evolveOne(views, event);
};
