/** The article's story, read from the examples that users play. */
import { readFileSync } from 'node:fs';
import { definitionOf, isEventType, type NewEvent } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';

const file = new URL('../../../examples/onehash.ndjson', import.meta.url);

/** The story's events, in order; after John is added, presence has found him online. */
export const story = (): readonly NewEvent[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const { id, type, time, data } = JSON.parse(line) as { id: string; type: string; time: string; data: unknown };
      if (!isEventType(type)) throw new Error(`the story has an unknown event type ${type}`);
      const event = newEvent(type, definitionOf(type).data.parse(data) as never, { id, time });
      return type === 'agent.added' ? [event, johnIs('online', time)] : [event];
    });

export const johnIs = (availability: 'online' | 'offline', time: string): NewEvent =>
  newEvent('agent.availability_changed', { user_id: 1, availability }, { time });
