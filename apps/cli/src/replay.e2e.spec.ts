import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountId } from '@cablehub/events';
import { checksumsOf, readSqliteViews, sqliteViews, stateOf, VIEWS_VERSION } from '@cablehub/projector';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { place, type Finished, type Place } from './hub.fixture.ts';

describe('the views, rebuilt from the log', () => {
  let here: Place;
  let live: string;

  beforeAll(async () => {
    here = await place();
    live = join(here.dataDir, 'projector', 'views.sqlite');
    await here.hub(['up', '--no-demo-account']).said('cablehub is up');
    for (const account of ['1', '2'])
      expect((await hub('publish', 'examples/onehash.ndjson', '--account', account)).code).toBe(0);
    await caughtUp();
  });
  afterAll(() => here.remove());

  const hub = (...args: string[]): Promise<Finished> => here.hub(args).finished;
  const lastPosition = async (): Promise<number> => {
    const { out } = await hub('events', '--json');
    return (JSON.parse(out.trim().split('\n').at(-1)!) as { position: number }).position;
  };
  const caughtUp = async (): Promise<number> => {
    const last = await lastPosition();
    await vi.waitFor(() => expect(stateOf(live)?.position).toBeGreaterThanOrEqual(last), { timeout: 20_000 });
    return last;
  };
  const namesIn = (folder: string): readonly string[] =>
    readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
  const publishLine = (event: object): Promise<Finished> => {
    const file = join(here.dataDir, 'one.ndjson');
    writeFileSync(file, `${JSON.stringify(event)}\n`);
    return hub('publish', file, '--account', '1');
  };

  it('are what the hub has kept, says verify', async () => {
    const { code, out } = await hub('verify');
    expect(out).toContain('the live views are what the log adds up to, at position');
    expect(out).toMatch(/contact_inboxes +\d+ +\d+ +[0-9a-f]{12} {2}same/);
    expect(code).toBe(0);
  });

  it('take the place of the live ones under a running hub, while events keep coming', async () => {
    const publishing = hub('publish', 'examples/onehash.ndjson', '--account', '3');
    const { code, out, err } = await hub('replay');
    expect(out + err).toContain('the projector works with the rebuilt views');
    expect(code).toBe(0);
    await publishing;
    await caughtUp();
    expect((await hub('verify')).code).toBe(0);
    expect(namesIn(join(here.dataDir, 'projector'))).toEqual(['views.sqlite']);
  });

  it('differ from tampered ones, of which verify names the first row and replay makes them right', async () => {
    const views = sqliteViews(live);
    views.begin();
    const contact = views.get('contacts', 1 as AccountId, 12 as never)!;
    views.write({ table: 'contacts', row: { ...contact, name: 'somebody else' } });
    views.commit(views.checkpoint());
    views.close();

    const { code, out } = await hub('verify');
    expect(code).toBe(1);
    expect(out).toContain('first difference in contacts: account_id 1, id 12: column name');
    expect(out).not.toContain('somebody else');

    expect((await hub('replay')).out).toContain('first difference in contacts');
    expect((await hub('verify')).code).toBe(0);
  });

  it('can be written to a file as they were, and of one account, and the live ones stay as they are', async () => {
    const before = checksumsOf(live);
    const out = (name: string): string => join(here.dataDir, name);
    const replay = async (name: string, ...args: string[]): Promise<string> => {
      const { code, err } = await hub('replay', '--out', out(name), ...args);
      expect([code, err]).toEqual([0, '']);
      return out(name);
    };
    const early = await replay('early.sqlite', '--to-sequence', '5');
    expect(stateOf(early)).toEqual({ position: 5, version: VIEWS_VERSION, partitions: '0-63', isWhole: false });
    const never = await replay('never.sqlite', '--to-time', '2020-01-01T00:00:00Z');
    expect(checksumsOf(never).map(({ rows }) => rows)).toEqual(checksumsOf(never).map(() => 0));
    const all = await replay('all.sqlite', '--to-time', '2999-01-01T00:00:00Z');
    expect(checksumsOf(all)).toEqual(before);
    const second = readSqliteViews(await replay('second.sqlite', '--account', '2'));
    expect(second.get('accounts', 1 as AccountId, 1 as never)).toBeNull();
    expect(second.get('contacts', 2 as AccountId, 12 as never)).not.toBeNull();
    second.close();
    expect(checksumsOf(live)).toEqual(before);
  });

  it('are not written over a file, nor partly over the live ones', async () => {
    expect(await hub('replay', '--out', live)).toMatchObject({ code: 1, err: `hub: ${live} is there already\n` });
    expect((await hub('replay', '--account', '2')).err).toContain('--out FILE');
    expect((await hub('replay', '--to-time', 'soon', '--out', 'x')).err).toContain('must be a time like');
    expect(existsSync('x')).toBe(false);
  });

  it('leave out what no projection can take, which is listed with its place and reason', async () => {
    await publishLine({ type: 'message.updated', data: { id: 4_711 } });
    const last = await caughtUp();
    const { out } = await hub('events', '--parked', '--json');
    expect(JSON.parse(out.trim().split('\n').at(-1)!)).toEqual({
      position: last,
      accountId: 1,
      type: 'message.updated',
      reason: 'there is no message 4711',
    });
    expect((await hub('events', '--parked', '--account', '2')).out).not.toContain('4711');
    const metrics = await (await fetch(`http://127.0.0.1:${here.port}/metrics`)).text();
    expect(metrics).toMatch(/cablehub_projector_parked [1-9]/);
    expect(metrics).toMatch(/cablehub_projector_delivery_seconds_count [1-9]/);
  });
});
