/**
 * The yardstick of projection and replay: a process that reads the log, parses each body, writes as many rows as the hub and, for
 * projection, publishes as many deliveries of the same size; nothing else. It knows beforehand what is to be written.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { AckPolicy, connect, createInbox, DeliverPolicy, headers, nanos, StorageType, type NatsConnection } from 'nats';
import type { Delivered, Job } from '../mix/job.ts';
import type { Step } from '../mix/order.ts';
import { answerTo } from '../talk.ts';
import { countedAcks } from './acks.ts';
import { transactionsOf, valuesOf, type Transaction } from './schedule.ts';

const [, , natsUrl = '', jobFile = ''] = process.argv;
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as Job;
const nats = await connect({ servers: natsUrl });

export type FoldOptions = {
  readonly file: string;
  readonly events: number;
  /** Events in one transaction. */
  readonly batch: number;
  readonly isTold: boolean;
  /** How many transactions come before the rest. */
  readonly before: number;
};

export type Folded = {
  /** From the start to a closed file. */
  readonly seconds: number;
  /** From the end of the transactions before the rest to that of the last, deliveries acknowledged. */
  readonly secondsOfRest: number;
  readonly rows: number;
  readonly deliveries: number;
};

const fold = async ({ file, events, batch, isTold, before }: FoldOptions): Promise<Folded> => {
  const transactions = transactionsOf(job, { events, batch });
  if (isTold) await makeStreams(nats);
  const startedAt = performance.now();
  const write = writerInto(file);
  const tell = isTold ? teller(nats) : null;
  let firstAt = 0;
  let index = 0;
  await readLog(nats, { events, batch }, async () => {
    const transaction = transactions[index++]!;
    write.commit(transaction);
    await tell?.tell(transaction);
    if (index === before) {
      await tell?.end();
      firstAt = performance.now();
    }
  });
  await tell?.end();
  const secondsOfRest = (performance.now() - firstAt) / 1_000;
  write.close();
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  const rows = transactions.reduce((sum, transaction) => sum + transaction.rows.length + transaction.steps.length, 0);
  return { seconds, secondsOfRest, rows, deliveries: tell?.count() ?? 0 };
};

const DIGEST_BYTES = 16;

/** Prepared upserts into tables and indexes like the hub's. */
const writerInto = (file: string) => {
  const sqlite = new Sqlite(file);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  sqlite.pragma('wal_autocheckpoint = 10000');
  for (const sql of job.schema) if (!sql.includes('sqlite_sequence')) sqlite.exec(sql);
  const upserts = new Map(
    Object.entries(job.tables)
      .filter(([, columns]) => columns.includes('account_id') && columns.includes('id'))
      .map(([table, columns]) => [table, sqlite.prepare(upsertOf(table, columns))]),
  );
  const remember = sqlite.prepare('INSERT INTO event_ids VALUES (?, ?) ON CONFLICT DO NOTHING');
  const reach = sqlite.prepare(
    'INSERT INTO checkpoint (id, position, version) VALUES (1, ?, 1) ON CONFLICT (id) DO UPDATE SET position = excluded.position',
  );
  const [begin, commit] = [sqlite.prepare('BEGIN IMMEDIATE'), sqlite.prepare('COMMIT')];
  let position = 0;
  return {
    commit: ({ steps, rows }: Transaction): void => {
      begin.run();
      const digests = randomBytes(DIGEST_BYTES * steps.length);
      for (const [at, { account }] of steps.entries())
        remember.run(account, digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES));
      for (const row of rows) upserts.get(row.row.table)!.run(...valuesOf(row));
      reach.run((position += steps.length));
      commit.run();
    },
    close: (): void => {
      sqlite.pragma('journal_mode = DELETE');
      sqlite.close();
    },
  };
};

const upsertOf = (table: string, columns: readonly string[]): string => {
  const named = columns.map((name) => `"${name}"`);
  const replaced = named.map((name) => `${name} = excluded.${name}`);
  return (
    `INSERT INTO "${table}" (${named.join(', ')}) VALUES (${named.map(() => '?').join(', ')}) ` +
    `ON CONFLICT (account_id, id) DO UPDATE SET ${replaced.join(', ')}`
  );
};

/** Deliveries as pipelined publishes: the next batch is worked on while the acknowledgements of the last come. */
const teller = (connection: NatsConnection) => {
  const acks = countedAcks(connection, createInbox());
  const payload = new Uint8Array(
    Math.max(...job.events.flatMap(({ deliveries }) => deliveries.map(({ bytes }) => bytes))),
  ).fill(120);
  const token = new Uint8Array(90).fill(120);
  let [position, count] = [0, 0];
  const publish = (subject: string, bytes: Uint8Array, said?: ReturnType<typeof headers>): void => {
    acks.sent();
    connection.publish(subject, bytes, { reply: acks.reply, ...(said === undefined ? {} : { headers: said }) });
  };
  const deliver = ({ account, serial }: Step, { lane, users, bytes }: Delivered): void => {
    const said = headers();
    said.set('Nats-Msg-Id', `${position}.${lane}`);
    said.set('Hub-Position', String(position));
    said.set('Hub-Published-At', String(Date.now()));
    if (users !== null) said.set('Hub-Users', users);
    count++;
    publish(
      `bare.deliveries.${account}.${lane === 'agents' ? lane : `${lane}${serial}`}`,
      payload.subarray(0, bytes),
      said,
    );
  };
  return {
    tell: async ({ steps }: Transaction): Promise<void> => {
      for (const step of steps) {
        position++;
        const { deliveries, tokens } = job.events[step.step]!;
        for (let at = 0; at < tokens; at++) publish(`bare.tokens.${step.account}-${step.serial}-${step.step}`, token);
        for (const delivery of deliveries) deliver(step, delivery);
      }
      publish('bare.tokens.checkpoint', token.subarray(0, 10));
      await acks.downTo(AHEAD);
    },
    end: () => acks.downTo(0),
    count: () => count,
  };
};

/** How many acknowledgements may be missing when the next batch begins. */
const AHEAD = 1_000;

/** Streams like the hub's, empty. */
const makeStreams = async (connection: NatsConnection): Promise<void> => {
  const manager = await connection.jetstreamManager();
  const storage = StorageType.File;
  for (const name of ['BARE_DELIVERIES', 'BARE_TOKENS']) await manager.streams.delete(name).catch(() => undefined);
  await manager.streams.add({
    name: 'BARE_DELIVERIES',
    subjects: ['bare.deliveries.>'],
    storage,
    republish: { src: 'bare.deliveries.>', dest: 'bare.cable.>' },
    max_age: nanos(3_600_000),
    duplicate_window: nanos(600_000),
    max_bytes: 1_073_741_824,
  });
  await manager.streams.add({ name: 'BARE_TOKENS', subjects: ['bare.tokens.>'], storage, max_msgs_per_subject: 1 });
};

type Reading = { readonly events: number; readonly batch: number };

/** Pulls the log in requests of one batch, one ahead of the work, and parses each body. */
const readLog = async (
  connection: NatsConnection,
  { events, batch }: Reading,
  work: () => Promise<void>,
): Promise<void> => {
  const manager = await connection.jetstreamManager();
  const { name } = await manager.consumers.add('EVENTS', {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    mem_storage: true,
    inactive_threshold: nanos(60_000),
  });
  const inbox = createInbox();
  let [asked, came, taken] = [0, 0, 0];
  let arrived = (): void => undefined;
  const subscription = connection.subscribe(inbox, {
    callback: (_error, message) => {
      if (message.data.length === 0) return;
      JSON.parse(Buffer.from(message.data.buffer, message.data.byteOffset, message.data.length).toString());
      if (++came - taken >= Math.min(batch, events - taken)) arrived();
    },
  });
  const ask = (): void => {
    if (asked >= events) return;
    const wanted = Math.min(batch, events - asked);
    asked += wanted;
    const request = JSON.stringify({ batch: wanted, expires: nanos(30_000) });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.EVENTS.${name}`, request, { reply: inbox });
  };
  ask();
  while (taken < events) {
    ask();
    const wanted = Math.min(batch, events - taken);
    if (came - taken < wanted) await new Promise<void>((resolve) => (arrived = resolve));
    taken += wanted;
    await work();
  }
  subscription.unsubscribe();
  await manager.consumers.delete('EVENTS', name);
};

const talk = { fold };
export type BareFoldTalk = typeof talk;
answerTo(talk);
