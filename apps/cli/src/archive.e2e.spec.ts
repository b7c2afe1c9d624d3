import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectNats, jetStreamDeliveries, jetStreamLog } from '@cablehub/log';
import { sqliteViews, stateOf } from '@cablehub/projector';
import { isAlive, readRunningHub } from './data-dir.ts';
import { place, type Place, type Process } from './hub.fixture.ts';

const UP = 'cablehub is up';
/** Enough for several chunks. */
const EVENTS = 3_500;

describe('an archive of the hub', () => {
  let from: Place;
  let to: Place;
  let folder: string;
  let file: string;
  beforeEach(async () => {
    [from, to] = [await place(), await place()];
    folder = mkdtempSync(join(tmpdir(), 'archive-'));
    file = join(folder, 'log.ndjson.gz');
  });
  afterEach(async () => {
    // A nats-server outlives a command that was killed.
    for (const { dataDir } of [from, to]) {
      const pid = readRunningHub(dataDir)?.natsPid ?? null;
      if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
    await Promise.all([from.remove(), to.remove()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const up = async (where: Place, ...args: string[]): Promise<Process> => {
    const hub = where.hub(['up', ...args]);
    await hub.said(UP);
    return hub;
  };
  const stop = async (hub: Process): Promise<void> => {
    hub.child.kill('SIGINT');
    expect((await hub.finished).code).toBe(0);
  };
  const ask = async (where: Place, ...args: string[]): Promise<string> => {
    const { code, out, err } = await where.hub(args).finished;
    expect(err + out, `hub ${args.join(' ')}`).toSatisfy(() => code === 0);
    return out;
  };
  const refusal = async (where: Place, ...args: string[]): Promise<string> => {
    const { code, err } = await where.hub(args).finished;
    expect(code, `hub ${args.join(' ')}`).toBe(1);
    return err;
  };
  const events = async (where: Place): Promise<readonly unknown[]> =>
    (await ask(where, 'events', '--json'))
      .trim()
      .split('\n')
      .map((line) => ({ ...(JSON.parse(line) as object), recordedAt: 0 }));
  const fill = async (where: Place, count: number): Promise<void> => {
    const teams = Array.from({ length: count }, (_, id) =>
      JSON.stringify({ id: `t${id}`, type: 'team.created', data: { id: id + 1, name: `team ${id}` } }),
    );
    writeFileSync(join(folder, 'teams.ndjson'), `${teams.join('\n')}\n`);
    await ask(where, 'publish', join(folder, 'teams.ndjson'), '--account', '9');
  };
  /** What a stopped hub has kept in its views; not who is online, which starts and stops change. */
  const rowsOf = (where: Place): readonly unknown[] => {
    const views = sqliteViews(join(where.dataDir, 'projector', 'views.sqlite'));
    const ids = Array.from({ length: 5_000 }, (_, index) => (index + 1) as never);
    const rows =
      (['accounts', 'users', 'inboxes', 'teams', 'contacts', 'contactInboxes', 'conversations', 'messages'] as const) // prettier-ignore
        .flatMap((table) => ids.map((id) => views.get(table, 1 as never, id)))
        .filter((row) => row !== null);
    views.close();
    return rows;
  };
  const positionOfViews = (where: Place): number =>
    stateOf(join(where.dataDir, 'projector', 'views.sqlite'))?.position ?? 0;
  const storedDeliveries = async (where: Place): Promise<number> => {
    const link = await connectNats({ url: readRunningHub(where.dataDir)!.natsUrl, name: 'spec' });
    const { offset } = await jetStreamDeliveries(link).tail();
    await link.close();
    return offset;
  };

  it('makes another hub the same: its events, rows and tokens, and tells nobody what is past', async () => {
    const hub = await up(from);
    expect(await ask(from, 'demo')).toContain('all 13 events arrived');
    expect(await ask(from, 'export', file)).toContain(`exported to ${file}`);
    await stop(hub);
    expect(await ask(to, 'import', file)).toContain('Positions are those of the original');
    expect(existsSync(join(to.dataDir, 'import'))).toBe(false);
    const again = await up(to, '--no-demo-account');

    // The tokens open it, and the first frame is about now.
    const listener = to.hub(
      ['listen', '--token', 'demo-agent-john-1', '--account', '1', '--user', '1', '--json', '--count', '1'],
    ); // prettier-ignore
    expect(JSON.parse((await listener.finished).out)).toMatchObject({ event: 'presence.update' });
    const customer = to.hub(['listen', '--token', 'demo-customer-ada-1', '--json', '--count', '1']);
    expect((await customer.finished).code).toBe(0);
    expect(await storedDeliveries(to)).toBe(0);
    await stop(again);
    expect(rowsOf(from).length).toBeGreaterThan(10);
    expect(rowsOf(to)).toEqual(rowsOf(from));

    // Presence may have said since who came and went; what was exported is as it was.
    const [first, second] = [await up(from, '--no-demo-account'), await up(to, '--no-demo-account')];
    const exported = zlib.gunzipSync(readFileSync(file)).toString().split('\n').filter((line) => line.startsWith('{"position"')).length; // prettier-ignore
    const [mine, theirs] = [await events(from), await events(to)];
    expect(exported).toBeGreaterThan(30);
    expect(theirs.slice(0, exported)).toEqual(mine.slice(0, exported));
    // And what happens next is told, to those who were there before.
    const hearing = to.hub(['listen', '--token', 'demo-customer-ada-1', '--json']);
    await hearing.said('presence.update');
    writeFileSync(
      join(folder, 'next.ndjson'),
      '{"type":"message.created","data":{"id":990,"conversation_id":1,"message_type":"incoming","content":"Back?","sender":{"type":"Contact","id":1}}}\n',
    );
    await ask(to, 'publish', join(folder, 'next.ndjson'));
    await hearing.said('Back?');
    expect(hearing.out().match(/"message\.created"/g)).toHaveLength(1);
    await Promise.all([stop(first), stop(second)]);
  });

  it('is gone on with after an interruption; a broken one is refused at the chunk, before anything is imported', async () => {
    const plain = join(folder, 'log.ndjson');
    const hub = await up(from, '--no-demo-account');
    await fill(from, 2_500);
    await ask(from, 'export', plain);
    await stop(hub);
    const whole = readFileSync(plain);

    // What an export leaves that is killed while it writes its third chunk.
    const again = join(folder, 'again.ndjson');
    const twoChunks = whole.indexOf('\n', whole.indexOf('{"chunk":2,')) + 1;
    writeFileSync(`${again}.part`, Buffer.concat([whole.subarray(0, twoChunks), Buffer.from('{"posi')]));
    writeFileSync(`${again}.part.json`, JSON.stringify({ bytes: twoChunks }));
    expect(await ask(from, 'export', again)).toContain('2500 events exported');
    expect(readFileSync(again).equals(whole)).toBe(true);
    expect(existsSync(`${again}.part`) || existsSync(`${again}.part.json`)).toBe(false);

    const bytes = readFileSync(plain);
    bytes[bytes.indexOf('"team 1500"') + 3]! ^= 1;
    writeFileSync(plain, bytes);
    expect(await refusal(to, 'import', plain)).toContain('is broken in chunk 2: its checksum does not fit');
    expect(existsSync(join(to.dataDir, 'nats'))).toBe(false);
    expect(await refusal(to, 'import', join(folder, 'nothing.gz'))).toContain('there is no such file');
  });

  it('is completed by a second import when the first was killed, and no hub runs before that', async () => {
    const hub = await up(from, '--no-demo-account');
    await fill(from, EVENTS);
    await ask(from, 'export', file);
    const original = await events(from);
    await stop(hub);

    const text = zlib.gunzipSync(readFileSync(file)).toString();
    const first = to.hub(['import', '-']);
    first.child.stdin!.write(text.slice(0, text.indexOf('{"chunk":3,')));
    await vi.waitFor(
      async () => {
        const link = await connectNats({ url: readRunningHub(to.dataDir)!.natsUrl, name: 'spec' });
        const position = await jetStreamLog(link).lastPosition().finally(() => link.close()); // prettier-ignore
        expect(position).toBe(2_000);
      },
      { timeout: 20_000 },
    );
    first.child.kill('SIGKILL');
    await first.finished;
    const tooEarly = await to.hub(['up', '--no-demo-account']).finished;
    expect([tooEarly.code, tooEarly.err]).toEqual([1, expect.stringContaining('the log ends at 2000')]);

    const said = await ask(to, 'import', file);
    expect(said).toContain(`${EVENTS} events: ${EVENTS - 2_000} appended, 2000 there before`);
    const again = await up(to, '--no-demo-account');
    expect(await events(to)).toEqual(original);
    await stop(again);
    expect(await ask(to, 'import', file)).toContain(`${EVENTS} events: 0 appended, ${EVENTS} there before`);
  });

  it('enters a log that is not empty only when that is asked for, and then only what is missing', async () => {
    const hub = await up(from, '--no-demo-account');
    await fill(from, 100);
    await ask(from, 'export', file);
    const running = await up(to);
    expect(await refusal(to, 'import', file)).toContain('a hub runs in');
    expect(await ask(to, 'import', file, '--into-existing')).toContain('100 events: 100 appended, 0 there before');
    expect(await ask(to, 'import', file, '--into-existing')).toContain('100 events: 0 appended, 100 there before');
    await stop(running);
    expect(await refusal(to, 'import', file)).toContain('the log is not empty');
    await stop(hub);
    expect(await refusal(from, 'export', file)).toContain('is there already');
  });

  it('that completes the log of a stopped hub is folded in silence, and its tokens open what they did', async () => {
    const hub = await up(from);
    expect(await ask(from, 'demo')).toContain('all 13 events arrived');
    await ask(from, 'export', file);
    await stop(hub);
    const before = await up(to, '--no-demo-account');
    await fill(to, 10);
    await vi.waitFor(() => expect(positionOfViews(to)).toBe(10), { timeout: 20_000 });
    await stop(before);
    expect(await ask(to, 'import', file, '--into-existing')).toContain('Nobody is told what was imported');

    const again = await up(to, '--no-demo-account');
    const { length } = await events(to);
    expect(length).toBeGreaterThan(40);
    await vi.waitFor(() => expect(positionOfViews(to)).toBeGreaterThanOrEqual(length), { timeout: 20_000 });
    expect(await storedDeliveries(to)).toBe(0);
    const customer = to.hub(['listen', '--token', 'demo-customer-ada-1', '--json', '--count', '1']);
    expect((await customer.finished).code).toBe(0);
    await stop(again);
  });

  it('goes from one program to another, also of a hub that is stopped', async () => {
    const hub = await up(from, '--no-demo-account');
    await fill(from, 10);
    await stop(hub);
    const { out, code } = await from.hub(['export', '-']).finished;
    expect([code, out.trim().split('\n').length]).toEqual([0, 13]);
    const importing = to.hub(['import', '-']);
    importing.child.stdin!.end(out);
    expect((await importing.finished).out).toContain('10 events: 10 appended');
  });
});
