import type { RecordedEvent } from '@cablehub/events';
import { newEvent, recorded } from '@cablehub/events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { project, projections, type Projections } from './projection.ts';
import { events } from './runner.fixture.ts';
import { sqliteViews } from './sqlite-views.ts';
import { story } from './story.fixture.ts';
import { unheardProjections } from './unheard.ts';

type Event = Parameters<typeof recorded>[0];

/** What becomes of each event, as a hub tells it or as a replay that nobody hears. */
const outcomesOf = (history: readonly Event[], made: Projections): readonly unknown[] => {
  const views = sqliteViews(':memory:');
  try {
    views.begin();
    return history.map((event, index) => {
      const entry = recorded(event, index + 1) as RecordedEvent;
      return project(views, entry, { contactTokens: 'visible', isHeard: false, projections: made }).outcome;
    });
  } finally {
    views.close();
  }
};

const counted = (): { readonly projections: Projections; readonly told: () => number } => {
  let told = 0;
  const unheard = unheardProjections();
  const announce: Projections['announce'] = (telling) => {
    const announcements = unheard.announce(telling);
    told += announcements.length;
    return announcements;
  };
  return { projections: { ...unheard, announce }, told: () => told };
};

/** The event with one value of its data replaced. */
const withValue = (event: Event, at: number, value: unknown): Event => {
  const keys = Object.keys(event.data);
  const key = keys[at % keys.length]!;
  return { ...event, data: { ...event.data, [key]: value } } as Event;
};

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, '', 'x', 1.5, -1, 9e15, true, [], {}, [null], [{}], [9e15], ['x'], { toString: 1 }),
  fc.constantFrom<unknown>({ type: 'User' }, { type: 'User', id: {} }, { type: 'Contact', id: [] }, { id: 1 }),
  fc.jsonValue(),
);
const odd = fc.record({ of: fc.nat(200), at: fc.nat(20), value: oddValue });

describe('what nobody hears', () => {
  it('is parked for the same reasons as what is told, whatever the events hold', { timeout: 60_000 }, () => {
    let parked = 0;
    fc.assert(
      fc.property(events, fc.array(odd, { minLength: 1, maxLength: 8 }), (history, odds) => {
        const changed = [...history];
        for (const { of, at, value } of odds) {
          const index = of % changed.length;
          changed[index] = withValue(changed[index]!, at, value);
        }
        const told = outcomesOf(changed, projections);
        parked += told.filter((outcome) => JSON.stringify(outcome).includes('TypeError')).length;
        expect(outcomesOf(changed, unheardProjections())).toEqual(told);
      }),
      { numRuns: 60 },
    );
    expect(parked).toBeGreaterThan(0);
  });

  it.each<[string, (event: Event) => Event]>([
    [
      'a member that is no id',
      (event) => (event.type === 'inbox.members_changed' ? withData(event, { added: [{}] }) : event),
    ],
    [
      'attachments that are no list',
      (event) => (event.type === 'message.created' ? withData(event, { attachments: null }) : event),
    ],
    [
      'a sender without an id',
      (event) => (event.type === 'message.created' ? withData(event, { sender: { type: 'User', id: {} } }) : event),
    ],
    [
      'a performer that is no id',
      (event) => (event.type === 'contact.updated' ? withData(event, { performer_id: {} }) : event),
    ],
  ])('is told in an account with %s', (_what, change) => {
    const history = story().map(change);
    const told = outcomesOf(history, projections);
    expect(JSON.stringify(told)).toContain('parked');
    expect(outcomesOf(history, unheardProjections())).toEqual(told);
  });

  it('is not told where nothing is odd', () => {
    const { projections: unheard, told } = counted();
    outcomesOf(story(), unheard);
    expect(told()).toBe(0);
    outcomesOf([withData(newEvent('team.created', { id: 99, name: 'odd' }), { name: 9 }), ...story()], unheard);
    expect(told()).toBeGreaterThan(0);
  });
});

const withData = (event: Event, data: object): Event => ({ ...event, data: { ...event.data, ...data } }) as Event;
