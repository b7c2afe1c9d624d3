import { accountId, contactId, contactInboxId, userId } from '@cablehub/events';
import { partOf, type Beat, type Member } from '@cablehub/log';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBeats, type Beats } from './beats.ts';

const account = accountId.parse(1);
const user: Member = { kind: 'user', userId: userId.parse(5) };
const session: Member = { kind: 'contact', contactId: contactId.parse(7), contactInboxId: contactInboxId.parse(11) };

describe('beats', () => {
  let sent: Beat[];
  let isUp: boolean;
  let comesBack: () => void;
  let beats: Beats;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    isUp = true;
    beats = startBeats({
      gateway: 'here',
      signals: { sendBeat: (_account, beat) => void sent.push(beat) },
      link: {
        isUp: () => isUp,
        onChange: (listener) => {
          comesBack = () => listener(true);
          return () => undefined;
        },
      },
    });
  });
  afterEach(() => {
    beats.stop();
    vi.useRealTimers();
  });

  it('count the subscriptions of each member', () => {
    beats.joined(account, user);
    beats.joined(account, user);
    beats.joined(account, session);
    beats.left(account, user);
    const changed = { kind: 'changed', gateway: 'here' };
    expect(sent).toEqual([
      { ...changed, member: user, sockets: 1, subscribed: true },
      { ...changed, member: user, sockets: 2, subscribed: true },
      { ...changed, member: session, sockets: 1, subscribed: true },
      { ...changed, member: user, sockets: 1, subscribed: false },
    ]);
  });

  it('list more than fit into one message in parts, each member once and in the part they belong to', () => {
    for (let id = 1; id <= 12_000; id++)
      beats.joined(account, {
        kind: 'contact',
        contactId: contactId.parse(id),
        contactInboxId: contactInboxId.parse(id),
      });
    sent.length = 0;
    vi.advanceTimersByTime(5_000);
    const digests = sent.flatMap((beat) => (beat.kind === 'digest' ? [beat] : []));
    expect(digests.map(({ part }) => part)).toEqual([0, 1, 2, 3, 4].map((index) => ({ index, of: 5 })));
    for (const { members, part } of digests)
      expect(members.every(({ member }) => partOf(member, 5) === part?.index)).toBe(true);
    expect(digests.flatMap(({ members }) => members)).toHaveLength(12_000);
    for (const beat of digests) expect(JSON.stringify(beat).length).toBeLessThan(1_048_576);
  });

  it('list everybody every five seconds', () => {
    beats.joined(account, user);
    beats.joined(account, session);
    sent.length = 0;
    vi.advanceTimersByTime(5_000);
    const members = [
      { member: user, sockets: 1 },
      { member: session, sockets: 1 },
    ];
    expect(sent).toEqual([{ kind: 'digest', gateway: 'here', members }]);
  });

  it('say three times that an account became empty, then nothing', () => {
    beats.joined(account, user);
    beats.left(account, user);
    sent.length = 0;
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual(Array.from({ length: 3 }, () => ({ kind: 'digest', gateway: 'here', members: [] })));
  });

  it('are silent while NATS is away, and list everybody when it is back', () => {
    isUp = false;
    beats.joined(account, user);
    beats.heartbeat(account, user);
    vi.advanceTimersByTime(5_000);
    expect(sent).toEqual([]);
    isUp = true;
    comesBack();
    expect(sent).toEqual([{ kind: 'digest', gateway: 'here', members: [{ member: user, sockets: 1 }] }]);
  });
});
