import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsError, type JetStreamManager } from 'nats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectNats, type NatsLink } from './connection.ts';
import { makeKeys, startGuardedNats, type GuardedNats } from './guarded-nats.fixture.ts';
import { jetStreamLog } from './jetstream-log.ts';
import { all, team } from './log.fixture.ts';
import { logState } from './raw-events.ts';
import { appRoles, type Role } from './rights.ts';
import { ensureStorage } from './storage.ts';

const streams = [
  'EVENTS',
  'DELIVERIES',
  'KV_tokens',
  'KV_leases',
  'KV_checkpoints',
  'KV_recoveries',
  'KV_keys',
  'OBJ_snapshots',
  'OBJ_attachments',
];
/** What a role may empty: where it removes what it has put. */
const own: Partial<Record<Role, string>> = { projector: 'OBJ_snapshots', api: 'OBJ_attachments' };

let folder: string;
let nats: GuardedNats;
let files: Readonly<Record<Role, string>>;
const links: NatsLink[] = [];

const as = async (role: Role): Promise<NatsLink> => {
  const link = await connectNats({ url: nats.url, name: `cablehub-${role}`, credentialsFile: files[role] });
  links.push(link);
  return link;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refusals-'));
  files = makeKeys(folder);
  nats = await startGuardedNats(folder);
  await ensureStorage(await as('admin'));
  await jetStreamLog(await as('api')).append([{ event: team(1) }]);
});
afterAll(async () => {
  await Promise.all(links.map((link) => link.connection.close()));
  await nats.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('no rights has', () => {
  const forbidden = async (role: Role, attempt: (link: NatsLink) => Promise<unknown>): Promise<void> => {
    const link = await as(role);
    const before = nats.refusals().length;
    const error = await attempt(link).then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(error, `${role} may`).toBeInstanceOf(NatsError);
    await vi.waitFor(() => expect(nats.refusals().length, `${role} was refused`).toBeGreaterThan(before), 10_000);
  };
  /** A publish that nobody answers: refused all the same. */
  const publish = (subject: string) => (link: NatsLink) => link.connection.request(subject, bytes, { timeout: 1_000 });
  const manage = (use: (manager: JetStreamManager) => Promise<unknown>) => async (link: NatsLink) =>
    use(await link.connection.jetstreamManager({ checkAPI: false, timeout: 1_000 }));

  it('the gateway on the log, the tokens and anything that is told', async () => {
    const subjects = [
      'events.7.7.message.1',
      '$KV.tokens.key',
      'deliveries.7.agents',
      'cable.7.agents',
      'signals.7.typing',
    ];
    for (const subject of subjects) await forbidden('gateway', publish(subject));
    await forbidden(
      'gateway',
      manage((manager) => manager.streams.getMessage('EVENTS', { seq: 1 })),
    );
    await forbidden(
      'gateway',
      manage((manager) => manager.consumers.add('EVENTS', { name: 'x' })),
    );
  });

  it('the api on deliveries', async () => {
    await forbidden(
      'api',
      manage((manager) => manager.streams.getMessage('DELIVERIES', { seq: 1 })),
    );
    await forbidden(
      'api',
      manage((manager) => manager.consumers.add('DELIVERIES', { name: 'x' })),
    );
    await forbidden('api', publish('cable.7.agents'));
  });

  it('presence on the events of others, neither to append nor to read them', async () => {
    for (const entity of ['contact', 'message', 'conversation', 'user'])
      await forbidden('presence', publish(`events.7.7.${entity}.1`));
    await forbidden(
      'presence',
      manage((manager) => manager.consumers.add('EVENTS', { name: 'x' })),
    );
    const contacts = { name: 'x', filter_subject: 'events.*.*.contact.>' };
    await forbidden(
      'presence',
      manage((manager) => manager.consumers.add('EVENTS', contacts)),
    );
    await forbidden('presence', publish('$KV.leases.projector.0-63'));
  });

  it.each(['projector', 'presence', 'gateway', 'operator'] as const)(
    '%s on attachments and on what their addresses are signed with',
    async (role) => {
      for (const stream of ['KV_keys', 'OBJ_attachments'])
        await forbidden(
          role,
          manage((manager) => manager.streams.getMessage(stream, { seq: 1 })),
        );
      for (const subject of ['$KV.keys.attachments', '$O.attachments.M.key']) await forbidden(role, publish(subject));
    },
  );

  it('the operator to write anything', async () => {
    for (const subject of ['events.7.7.message.1', '$KV.checkpoints.projector.0-63', '$KV.tokens.key'])
      await forbidden('operator', publish(subject));
  });

  it.each([...appRoles, 'operator'] as const)('%s to make, change, empty or remove a stream', async (role) => {
    await forbidden(
      role,
      manage((manager) => manager.streams.add({ name: 'OTHER', subjects: ['other'] })),
    );
    for (const stream of streams.filter((name) => name !== own[role]))
      await forbidden(
        role,
        manage((manager) => manager.streams.purge(stream)),
      );
    for (const stream of streams) {
      await forbidden(role, publish(`$JS.API.STREAM.UPDATE.${stream}`));
      await forbidden(
        role,
        manage((manager) => manager.streams.delete(stream)),
      );
      await forbidden(
        role,
        manage((manager) => manager.streams.deleteMessage(stream, 1)),
      );
    }
  });

  it('anybody to take an event out of the log, the admin included', async () => {
    const before = (await logState(await as('operator'))).lastPosition;
    await forbidden(
      'admin',
      manage((manager) => manager.streams.purge('EVENTS')),
    );
    await forbidden(
      'admin',
      manage((manager) => manager.streams.deleteMessage('EVENTS', 1)),
    );
    await forbidden(
      'admin',
      manage((manager) => manager.streams.delete('EVENTS')),
    );
    expect(await all(jetStreamLog(await as('operator')))).toHaveLength(before);
  });

  it('an app to hear the answers of another', async () => {
    const link = await as('gateway');
    const before = nats.refusals().length;
    const subscription = link.connection.subscribe('_INBOX_api.>', { callback: () => undefined });
    await vi.waitFor(() => expect(nats.refusals().length).toBeGreaterThan(before), 10_000);
    subscription.unsubscribe();
  });
});

const bytes = new TextEncoder().encode('{}');
