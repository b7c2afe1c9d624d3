import { negotiate } from '@cablehub/cable';
import { accountId, userId } from '@cablehub/events';
import { everyone, type HeardDelivery } from '@cablehub/log';
import { createMetrics } from '@cablehub/process';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Admitted, Asked } from './admissions.ts';
import type { Admission } from './authorize.ts';
import { Client } from './client.ts';
import type { LaneHistory, Listener } from './lanes.ts';
import { createMessages } from './messages.ts';
import { createGatewayMetrics } from './metrics.ts';

const account = accountId.parse(1);
const admission: Admission = {
  accountId: account,
  lanes: ['agents'],
  member: { kind: 'user', userId: userId.parse(5) },
  tokenKey: 'key-of-five',
};
const identifier = '{"channel":"RoomChannel","pubsub_token":"token-of-five-here","account_id":1,"user_id":5}';
const confirm = JSON.stringify({ identifier, type: 'confirm_subscription' });
const reject = JSON.stringify({ identifier, type: 'reject_subscription' });
const at = { accountId: account, lane: 'agents', stored: null } as const;

const frame = (text: string): HeardDelivery => ({
  ...at,
  kind: 'frame',
  audience: everyone,
  payload: new TextEncoder().encode(text),
});
/** What a frame holds for its subscriber. */
const messageIn = (frame: Uint8Array): string =>
  JSON.stringify((JSON.parse(new TextDecoder().decode(frame)) as { readonly message: unknown }).message);
const revocation = (tokenKey: string): HeardDelivery => ({ ...at, kind: 'revocation', tokenKey });

const history: LaneHistory = {
  epoch: 'e',
  position: () => 0,
  isSettled: () => true,
  read: async () => ({ ok: true, deliveries: [], upTo: 0, isWhole: true }),
  tail: async () => ({ epoch: 'e', offset: 0 }),
};

describe('a client', () => {
  let said: string[];
  let beats: string[];
  let listen: Listener;
  let answer: (admitted: Admitted) => void;
  let leave: ReturnType<typeof vi.fn<() => void>>;
  let client: Client;

  beforeEach(() => {
    said = [];
    beats = [];
    leave = vi.fn<() => void>();
    const admit = ({ listener }: Asked): Promise<Admitted> => {
      listen = listener(admission);
      return new Promise((resolve) => (answer = resolve));
    };
    client = new Client({
      id: '1',
      negotiated: negotiate('actioncable-v1-json'),
      outbox: {
        proven: 0,
        probesSent: 0,
        probesAnswered: 0,
        send: (text) => void said.push(text),
        deliver: (prefix, message) => void said.push(messageIn(message.frame(prefix))),
        close: (reason) => void said.push(`close ${reason}`),
        closeBare: (reason) => void said.push(`close bare ${reason}`),
        room: async () => undefined,
      },
      services: {
        limits: {
          commands: { burst: 50, perSecond: 10, refusals: 50 },
          subscriptions: 16,
          queued: 64,
          idleMs: 60_000,
          heartbeatMs: 1_000,
        },
        admit,
        beats: {
          joined: () => void beats.push('joined'),
          left: () => void beats.push('left'),
          heartbeat: () => void beats.push('heartbeat'),
          stop: () => undefined,
        },
        metrics: createGatewayMetrics(createMetrics()),
        logger: pino({ level: 'silent' }),
        now: () => 0,
        newSid: () => 's-1',
        messageOf: createMessages(),
        recoverer: null,
        reached: () => 0,
      },
    });
    client.receive(JSON.stringify({ command: 'subscribe', identifier }));
  });

  const admitted = async (): Promise<void> => {
    answer({ ok: true, admission, joined: { history, stop: leave } });
    await vi.waitFor(() => expect(said).not.toEqual([]), 4_000);
  };

  it('gets everything its lane brings after the confirm, and nothing before', async () => {
    listen.hear(frame('"before"'));
    await admitted();
    listen.hear(frame('"after"'));
    expect(said).toEqual([confirm, '"after"']);
    expect(beats).toEqual(['joined']);
  });

  it('is refused when its token is revoked while it waits', async () => {
    listen.hear(revocation('key-of-five'));
    await admitted();
    expect(said).toEqual([reject]);
    expect(leave).toHaveBeenCalledOnce();
    expect(beats).toEqual([]);
  });

  it('loses the subscription when its token is revoked, and keeps it when another is', async () => {
    await admitted();
    listen.hear(revocation('key-of-another'));
    listen.hear(frame('"still here"'));
    listen.hear(revocation('key-of-five'));
    expect(said).toEqual([confirm, '"still here"', reject]);
    expect(leave).toHaveBeenCalledOnce();
    expect(beats).toEqual(['joined', 'left']);
  });

  it('leaves its lanes when its socket closes', async () => {
    await admitted();
    client.closed();
    expect(leave).toHaveBeenCalledOnce();
    expect(beats).toEqual(['joined', 'left']);
  });

  it('leaves its lanes when it is admitted after its socket closed', async () => {
    client.closed();
    answer({ ok: true, admission, joined: { history, stop: leave } });
    await vi.waitFor(() => expect(leave).toHaveBeenCalledOnce(), 4_000);
    expect(said).toEqual([]);
    expect(beats).toEqual([]);
  });
});
