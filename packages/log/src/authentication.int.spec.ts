import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectNats, type NatsLink } from './connection.ts';
import { LogFault } from './fault.ts';
import { makeKeys, startGuardedNats, type GuardedNats } from './guarded-nats.fixture.ts';
import { createUserKey, userKeyOf } from './keys.ts';
import type { Role } from './rights.ts';

describe('who we are to NATS', () => {
  let folder: string;
  let nats: GuardedNats;
  let files: Readonly<Record<Role, string>>;
  const links: NatsLink[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'authentication-'));
    files = makeKeys(folder);
    nats = await startGuardedNats(folder);
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.connection.close()));
  });
  afterAll(async () => {
    await nats.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const connect = async (credentialsFile?: string): Promise<NatsLink> => {
    const link = await connectNats({
      url: nats.url,
      name: 'cablehub-api',
      ...(credentialsFile === undefined ? {} : { credentialsFile }),
    });
    links.push(link);
    return link;
  };
  const fileWith = (text: string): string => {
    const path = join(folder, 'some.seed');
    writeFileSync(path, text);
    return path;
  };
  const faultOf = async (credentialsFile?: string): Promise<LogFault> => {
    const fault: unknown = await connect(credentialsFile).catch((error: unknown) => error);
    if (!(fault instanceof LogFault)) throw new Error('it connects', { cause: fault });
    return fault;
  };

  it('is what the seed in a file says, blanks around it aside', async () => {
    const seed = readFileSync(files.api, 'utf8').trim();
    expect((await connect(fileWith(`\n  ${seed} \n`))).isUp()).toBe(true);
  });

  it('is refused when the server does not know the key, with the name of the file', async () => {
    const { seed } = createUserKey();
    const fault = await faultOf(fileWith(seed));
    expect(fault).toMatchObject({ code: 'credentials_refused' });
    expect(fault.message).toContain('some.seed');
    expect(String(fault.stack)).not.toContain(seed);
  });

  it('is refused when nobody is said', async () => {
    const fault = await faultOf();
    expect(fault).toMatchObject({ code: 'credentials_refused' });
    expect(fault.message).toContain('NATS_CREDENTIALS_FILE');
  });

  it('cannot be said by a file that is missing, or holds something else', async () => {
    expect(await faultOf(join(folder, 'missing'))).toMatchObject({
      code: 'credentials_unusable',
      message: expect.stringContaining('ENOENT'),
    });
    const { seed } = createUserKey();
    const almost = seed.slice(0, -1);
    const mistyped = `${almost}${seed.endsWith('A') ? 'Q' : 'A'}`;
    for (const text of ['', 'SUsomething', mistyped, '-----BEGIN NATS USER JWT-----\nx\n']) {
      const fault = await faultOf(fileWith(text));
      expect(fault, text).toMatchObject({ code: 'credentials_unusable' });
      expect(`${String(fault.stack)}${String(fault.cause)}`).not.toContain(almost);
    }
  });

  it('is not said by a server that is away, whatever the file', async () => {
    await expect(
      connectNats({ url: 'nats://127.0.0.1:1', name: 'spec', credentialsFile: files.api }),
    ).rejects.toMatchObject({ code: 'nats_unavailable' });
  });

  it('can be another at a reconnect, when the key is replaced while the app runs', async () => {
    const link = await connect(files.gateway);
    const states: boolean[] = [];
    link.onChange((isUp) => states.push(isUp));
    const users = join(folder, 'credentials/nats-users.conf');
    const [before, after] = [userKeyOf(readFileSync(files.gateway, 'utf8'))!, createUserKey()];
    writeFileSync(users, readFileSync(users, 'utf8').replace(before.publicKey, after.publicKey));
    process.kill(nats.pid, 'SIGHUP'); // reads its configuration again, and cuts off whom it knows no longer
    await vi.waitFor(() => expect(states).toEqual([false]), 10_000);
    // It asks again and again with a key that is refused, and with the next as soon as that is there.
    await vi.waitFor(
      () => expect(nats.refusals().filter((line) => line.includes(before.publicKey)).length).toBeGreaterThan(2),
      10_000,
    );
    expect(link.isUp()).toBe(false);
    writeFileSync(files.gateway, after.seed);
    await vi.waitFor(() => expect(states).toEqual([false, true]), 10_000);
  });
});

describe('the key of a user', () => {
  it('is another each time, and the same again from its seed', () => {
    const [one, other] = [createUserKey(), createUserKey()];
    expect(one.seed).not.toBe(other.seed);
    expect(userKeyOf(`${one.seed}\n`)).toEqual(one);
    expect(one.publicKey).toMatch(/^U[A-Z2-7]{55}$/);
  });
});
