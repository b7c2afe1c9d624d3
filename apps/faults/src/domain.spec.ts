import { describe, expect, it } from 'vitest';
import { nextEvent, numberIn, type Meant } from './domain.ts';
import { seeded } from './random.ts';

const random = seeded(1);
const load: readonly Meant[] = Array.from({ length: 500 }, (_, index) => nextEvent(index + 1, random));
const customers = (meant: Meant): number => meant.audience.filter((person) => person.startsWith('customer')).length;

describe('an event of the load', () => {
  it('is meant for no customer when it is private, an activity or about a contact', () => {
    const hidden = load.filter(
      ({ event }) =>
        event.type === 'contact.updated' || event.data['private'] === true || event.data['message_type'] === 'activity',
    );
    expect(hidden.length).toBeGreaterThan(50);
    expect(hidden.every((meant) => customers(meant) === 0)).toBe(true);
  });

  it('is meant for one customer at most, and for the member or the outsider, unless it is about a contact', () => {
    for (const meant of load.filter(({ event }) => event.type !== 'contact.updated')) {
      expect(customers(meant)).toBeLessThanOrEqual(1);
      expect(meant.audience.includes('member')).toBe(!meant.audience.includes('outsider'));
    }
  });

  it('has its number in the frames that tell of it', () => {
    const frame = ({ event: { type, data } }: Meant): unknown =>
      JSON.parse(JSON.stringify({ event: type, data })) as unknown;
    expect(load.map((meant) => numberIn(frame(meant)))).toEqual(load.map(({ number }) => number));
    expect(numberIn({ event: 'presence.update', data: { account_id: 1 } })).toBeNull();
  });
});

describe('a seed', () => {
  it('repeats what was chosen, and another chooses otherwise', () => {
    const deal = (seed: number) => seeded(seed).shuffled([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(deal(3)).toEqual(deal(3));
    expect(deal(3)).not.toEqual(deal(4));
    expect(deal(3).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
