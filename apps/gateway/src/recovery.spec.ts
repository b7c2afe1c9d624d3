import type { Floor, Memory } from '@cablehub/log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrive, forget, GATEWAY_GONE_MS, leave, lose, MAX_SOCKETS, settle, type Arrival } from './recovery.ts';

const arrival = (socket: string, offset: number, more: Partial<Arrival> = {}): Arrival => ({
  epoch: 'e',
  socket,
  gateway: 'one',
  offset,
  floors: floorsOf({ one: 0, two: 0 }),
  now: 0,
  ...more,
});
const floorsOf = (offsets: Readonly<Record<string, number>>, at = 0): ReadonlyMap<string, Floor> =>
  new Map(Object.entries(offsets).map(([gateway, offset]) => [gateway, { offset, at }]));

const first = arrive(null, arrival('a', 10)).memory;

describe('recovery', () => {
  it('has nothing for whoever comes first', () => {
    expect(arrive(null, arrival('a', 10)).after).toEqual([]);
  });

  it('gives a lost socket what came after the last offset it had proven', () => {
    const lost = lose(first, 'a', 15);
    expect(arrive(lost, arrival('b', 30)).after).toEqual([15]);
  });

  it('gives nothing when nothing came since', () => {
    expect(arrive(lose(first, 'a', 15), arrival('b', 15)).after).toEqual([]);
  });

  it('gives it once: the next to come back begins where the last one was', () => {
    const back = settle(arrive(lose(first, 'a', 15), arrival('b', 30)).memory, 'b', 30);
    expect(arrive(lose(back, 'b', 40), arrival('c', 50)).after).toEqual([40]);
  });

  it('gives it again when whoever was given it is lost before it has proven to have it', () => {
    const back = arrive(lose(first, 'a', 15), arrival('b', 30)).memory;
    // What was given to it may not be kept any more; what came since is.
    expect(arrive(lose(back, 'b', 0), arrival('c', 50)).after).toEqual([15, 30]);
    expect(arrive(forget(lose(back, 'b', 0), 15, arrival('c', 50)), arrival('c', 50)).after).toEqual([30]);
    // Dead with its gateway, whose floor says nothing of what one socket was given.
    const floors = floorsOf({ one: 40 });
    const gone = { gateway: 'two', floors, now: GATEWAY_GONE_MS + 1 };
    expect(arrive(back, arrival('c', 50, gone)).after).toEqual([15, 40]);
    const proven = settle(back, 'b', 20);
    expect(arrive(proven, arrival('c', 50, gone)).after).toEqual([40]);
  });

  it('gives to each of several lost sockets at least what it missed', () => {
    const two = settle(arrive(first, arrival('b', 12)).memory, 'b', 12);
    const both = lose(lose(two, 'a', 14), 'b', 20);
    const one = arrive(both, arrival('c', 30));
    expect(one.after).toEqual([14, 20]);
    const settled = settle(one.memory, 'c', 30);
    const other = arrive(settled, arrival('d', 31, { floors: floorsOf({ one: 30 }) }));
    expect(other.after).toEqual([14, 30]);
    expect(other.memory.sockets.map(({ socket }) => socket)).toEqual(['c', 'd']);
  });

  it('counts a socket that seems to live from what its gateway has proven: the client may know better', () => {
    expect(arrive(first, arrival('b', 30, { gateway: 'two', floors: floorsOf({ one: 22 }) })).after).toEqual([22]);
    expect(arrive(first, arrival('b', 30, { gateway: 'two' })).after).toEqual([10]);
  });

  it('counts a socket that died with its gateway from that gateway’s last floor, and takes it off the record', () => {
    const floors = floorsOf({ one: 18 });
    const back = arrive(first, arrival('b', 30, { gateway: 'two', floors, now: GATEWAY_GONE_MS + 1 }));
    expect(back.after).toEqual([18]);
    expect(back.memory.sockets.map(({ socket }) => socket)).toEqual(['b']);
  });

  it('has the next offset for when what follows the earliest is no longer kept, and forgets the earliest', () => {
    const two = lose(settle(arrive(first, arrival('b', 20)).memory, 'b', 20), 'a', 12);
    const known = { floors: floorsOf({ one: 15 }), now: 0 };
    expect(arrive(two, arrival('c', 30, known)).after).toEqual([12, 20]);
    const left = forget(two, 12, known);
    expect(arrive(left, arrival('c', 30, known)).after).toEqual([20]);
    expect(forget(left, 20, known)).toEqual(left);
    expect(forget(left, 20, { ...known, now: GATEWAY_GONE_MS + 1 }).sockets).toEqual([]);
  });

  it('has nothing for a client that unsubscribed', () => {
    expect(arrive(leave(first, 'a'), arrival('b', 30)).after).toEqual([]);
  });

  it('has nothing from another stream of deliveries', () => {
    expect(arrive(lose(first, 'a', 15), arrival('b', 30, { epoch: 'f' })).after).toEqual([]);
  });

  it('remembers no more than a bound', () => {
    let memory: Memory | null = null;
    for (let n = 0; n < MAX_SOCKETS + 10; n++) memory = arrive(memory, arrival(String(n), n)).memory;
    expect(memory!.sockets).toHaveLength(MAX_SOCKETS);
  });

  it('never leaves a gap, whatever is lost and comes back in whatever order', () => {
    const does = fc.constantFrom('lose', 'return', 'publish', 'receive', 'prove');
    const steps = fc.array(fc.record({ does, which: fc.nat(5) }), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), steps, (many, history) => {
        let memory: Memory | null = null;
        let published = 0;
        let sockets = 0;
        // A client has received everything up to `has`, and has proven it of the socket it holds up to `proven`.
        const clients = Array.from({ length: many }, () => ({ socket: '', has: 0, proven: 0, isThere: false }));
        const arriveAs = (client: (typeof clients)[number]): void => {
          const socket = String(++sockets);
          const { after, memory: next } = arrive(memory, arrival(socket, published));
          if (client.socket !== '') expect(after[0] ?? published).toBeLessThanOrEqual(client.has);
          memory = next;
          // What it is given is on its way: it may be lost before it comes. Who comes for the first time has nothing to miss.
          const has = client.socket === '' ? published : client.has;
          Object.assign(client, { socket, has, proven: 0, isThere: true });
        };
        clients.forEach(arriveAs);
        for (const { does, which } of history) {
          const client = clients[which % clients.length]!;
          if (does === 'publish') published++;
          else if (does === 'return' && !client.isThere) arriveAs(client);
          else if (client.isThere && does !== 'return') {
            if (does === 'lose') {
              memory = lose(memory!, client.socket, client.proven);
              client.isThere = false;
            } else client.has = published;
            if (does === 'prove') {
              client.proven = published;
              memory = settle(memory!, client.socket, published);
            }
          }
        }
      }),
    );
  });
});
