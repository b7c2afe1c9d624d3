import { negotiate, pong } from '@cablehub/cable';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NOW,
  admit,
  admitted,
  base,
  confirmed,
  counts,
  extended,
  frame,
  given,
  limits,
  other,
  perform,
  rails,
  rejected,
  room,
  says,
  subscribe,
  third,
  unsubscribe,
} from './session.fixture.ts';
import { newSession, step, type Effect, type Input, type Session } from './session.ts';

describe('session', () => {
  it('welcomes who it serves', () =>
    given(base)
      .when({ kind: 'opened', sid: 's-1' })
      .then(frame({ type: 'welcome' })));

  it('names the session to who speaks the extended protocol', () =>
    given(extended)
      .when({ kind: 'opened', sid: 's-1' })
      .then(frame({ type: 'welcome', sid: 's-1' })));

  it('answers a ping on the extended protocol, and on the base protocol sends nothing it does not know', () => {
    given(extended)
      .when(says({ command: 'ping' }))
      .then(frame({ type: 'pong' }));
    given(extended)
      .when(says({ command: 'pong' }))
      .then();
    given(base)
      .when(says({ command: 'ping' }))
      .then();
    given(base)
      .when(says({ command: 'pong' }))
      .then();
  });

  it('ignores what the extended protocol has and the hub has not', () => {
    for (const command of ['whisper', 'join', 'leave', 'presence'])
      expect(given(extended).when(says({ command, identifier: room })).effects).toEqual([
        { kind: 'counted', command: 'none', outcome: 'unsupported_command' },
      ]);
  });

  describe('asked for what was missed', () => {
    const history = { kind: 'asked', since: 7, streams: [] } as const;
    const subscribeWith = says({ command: 'subscribe', identifier: room, history: { since: 7 } });
    const ask = says({ command: 'history', identifier: room, history: { since: 7 } });
    const replay: Effect = { kind: 'replay', identifier: room, history };
    const replayed = (outcome: 'confirmed' | 'expired'): Input => ({ kind: 'replayed', identifier: room, outcome });
    const historyFrame = (type: string): Effect => frame({ identifier: room, type });

    it('confirms, replays, then says that this was all', () => {
      given(extended, subscribeWith)
        .when(admitted())
        .then(confirmed(), { kind: 'subscribed', identifier: room }, replay);
      given(extended, subscribeWith, admitted()).when(replayed('confirmed')).then(historyFrame('confirm_history'));
      given(extended, subscribeWith, admitted()).when(replayed('expired')).then(historyFrame('reject_history'));
    });

    it('is asked on a live subscription, on the base protocol as well', () => {
      given(base, subscribe(), admitted()).when(ask).then(replay);
      given(base, subscribe(), admitted(), ask).when(replayed('confirmed')).then(historyFrame('confirm_history'));
    });

    it('keeps later commands waiting until it is told, and asks nothing twice for a repeated subscribe', () => {
      const telling = given(extended, subscribeWith, admitted(), unsubscribe());
      telling
        .when(replayed('confirmed'))
        .then(historyFrame('confirm_history'), { kind: 'unsubscribed', identifier: room });
      given(extended, subscribeWith, admitted(), subscribeWith)
        .when(replayed('confirmed'))
        .then(historyFrame('confirm_history'));
    });

    it('says nothing more when the subscription is revoked meanwhile', () =>
      given(extended, subscribeWith, admitted(), { kind: 'revoked', identifier: room })
        .when(replayed('confirmed'))
        .then());
  });

  it('closes who speaks nothing known, and serves no command', () => {
    const unserved = newSession(negotiate('actioncable-unsupported'), limits, NOW);
    given(unserved).when({ kind: 'opened', sid: 's-1' }).then({ kind: 'close', reason: 'unsupported_protocol' });
    given(unserved).when(subscribe()).then();
  });

  it('asks for admission, and confirms when it is given', () => {
    given(base).when(subscribe()).then(admit(room, 'token-of-somebody'));
    given(base, subscribe()).when(admitted()).then(confirmed(), { kind: 'subscribed', identifier: room });
  });

  it('rejects when admission is refused', () =>
    given(base, subscribe()).when({ kind: 'refused', identifier: room, reason: 'unknown_token' }).then(rejected()));

  it('is patient with tokens that nobody knows until it has met one', () => {
    const refused = (reason: 'unknown_token' | 'revoked') => ({ kind: 'refused', identifier: room, reason }) as const;
    const token = 'token-of-somebody';
    given(base, subscribe(), refused('revoked')).when(subscribe()).then(admit(room, token));
    given(base, subscribe(), refused('unknown_token'))
      .when(subscribe())
      .then(admit(room, token, false));
    given(base, subscribe(), refused('unknown_token'), subscribe(), refused('revoked'))
      .when(subscribe())
      .then(admit(room, token, false));
  });

  it('rejects an identifier that names no room at once', () =>
    given(base).when(subscribe('{"channel":"ChatChannel"}')).then(rejected('{"channel":"ChatChannel"}')));

  it('rejects beyond the most subscriptions', () =>
    given(base, subscribe(), admitted(), subscribe(other), admitted(other))
      .when(subscribe(third))
      .then(rejected(third)));

  it('keeps commands waiting behind one that takes time, in order', () => {
    const waiting = given(base, subscribe(), perform('update_presence'), unsubscribe(), subscribe(other));
    waiting
      .when(admitted())
      .then(
        confirmed(),
        { kind: 'subscribed', identifier: room },
        { kind: 'heartbeat', identifier: room },
        { kind: 'unsubscribed', identifier: room },
        admit(other, 'token-of-another'),
      );
  });

  it('answers equal pending subscribes once', () => {
    const { effects } = given(base, subscribe()).when(subscribe());
    expect(effects).toEqual([{ kind: 'counted', command: 'subscribe', outcome: 'coalesced' }]);
    given(base, subscribe(), subscribe(), subscribe())
      .when(admitted())
      .then(confirmed(), { kind: 'subscribed', identifier: room });
  });

  it('does not take a subscribe after an unsubscribe for a repeated one', () =>
    given(base, subscribe(), unsubscribe(), subscribe())
      .when(admitted())
      .then(
        confirmed(),
        { kind: 'subscribed', identifier: room },
        { kind: 'unsubscribed', identifier: room },
        admit(room, 'token-of-somebody'),
      ));

  it('drops commands beyond the queue', () => {
    const full = given(base, subscribe(), ...Array.from({ length: 3 }, () => perform('x')));
    expect(counts(full.when(perform('x')).effects)).toEqual([
      { kind: 'counted', command: 'message', outcome: 'queue_full' },
    ]);
  });

  it('confirms a repeated subscribe again only for Rails’ client', () => {
    given(rails, subscribe(), admitted()).when(subscribe()).then(confirmed());
    given(base, subscribe(), admitted()).when(subscribe()).then();
  });

  it('says nothing to an unsubscribe, known or not', () => {
    given(base, subscribe(), admitted()).when(unsubscribe()).then({ kind: 'unsubscribed', identifier: room });
    given(base).when(unsubscribe()).then();
  });

  it('passes on at most one heartbeat a second for each subscription', () => {
    const live = given(base, subscribe(), admitted(), perform('update_presence'));
    live.when(perform('update_presence'), 999).then();
    live.when(perform('update_presence'), 1_000).then({ kind: 'heartbeat', identifier: room });
  });

  it.each([
    ['malformed_json', '{'],
    ['not_an_object', '7'],
    ['unknown_command', '{"command":"shout","identifier":"x"}'],
    ['missing_identifier', '{"command":"subscribe"}'],
    ['bad_data', '{"command":"message","identifier":"x","data":"{"}'],
  ])('counts %s and answers nothing', (outcome, text) => {
    expect(given(base).when(says(text)).effects).toEqual([{ kind: 'counted', command: 'none', outcome }]);
  });

  it('counts a binary frame, an unknown subscription and an unknown action', () => {
    const live = given(base, subscribe(), admitted());
    expect(live.when({ kind: 'received', text: null }).effects).toMatchObject([{ outcome: 'binary' }]);
    expect(live.when(perform('update_presence', other)).effects).toMatchObject([{ outcome: 'unknown_subscription' }]);
    expect(live.when(perform('subscribed')).effects).toMatchObject([{ outcome: 'unknown_action' }]);
  });

  it('ends a subscription whose token is revoked with a reject', () => {
    const revoked: Input = { kind: 'revoked', identifier: room };
    given(base, subscribe(), admitted()).when(revoked).then({ kind: 'unsubscribed', identifier: room }, rejected());
    given(base).when(revoked).then();
  });

  it('pings a client of the extended protocol only when it was told all: it asks for its history from its last ping', () => {
    const replaying = says({ command: 'subscribe', identifier: room, history: { since: 1 } });
    const replayed: Input = { kind: 'replayed', identifier: room, outcome: 'confirmed' };
    expect(given(extended).signAt()).toBe(pong);
    expect(given(extended, subscribe()).signAt()).toBe(pong);
    expect(given(extended, replaying, admitted()).signAt()).toBe(pong);
    expect(given(extended, replaying, admitted(), replayed).signAt()).toBe('ping');
    expect(given(extended, replaying, admitted(), replayed).signAt({ isSettled: false })).toBe(pong);
    expect(given(extended, subscribe(), admitted(), subscribe(other)).signAt()).toBe(pong);
    expect(given(base).signAt({ isSettled: false })).toBe('ping');
  });

  it('closes a connection that has had no subscription for too long', () => {
    const at = 60_000;
    expect(given(base).signAt({ at: at - 1 })).toBe('ping');
    expect(given(base).signAt({ at })).toBeNull();
    expect(given(base, subscribe(), admitted(), unsubscribe()).signAt({ at })).toBeNull();
    expect(given(base, subscribe()).signAt({ at })).toBe('ping');
    expect(given(base, subscribe(), admitted()).signAt({ at })).toBe('ping');
  });

  it('ignores commands beyond the rate, and closes when it goes on', () => {
    const spent = Array.from({ length: 20 }, () => says('{'));
    expect(given(base, ...spent).when(subscribe()).effects).toEqual([
      { kind: 'counted', command: 'none', outcome: 'rate_limited' },
    ]);
    given(base, ...spent, says('{'), says('{'), says('{'))
      .when(subscribe())
      .then({ kind: 'close', reason: 'too_many_commands' });
    given(base, ...spent)
      .when(subscribe(), 100)
      .then(admit(room, 'token-of-somebody'));
  });

  it('confirms every admitted subscription exactly once, whatever comes in whatever order', () => {
    const inputs = fc.array(
      fc.constantFrom(subscribe(), unsubscribe(), subscribe(other), unsubscribe(other), perform('update_presence')),
    );
    fc.assert(
      fc.property(inputs, fc.array(fc.boolean()), (commands, answers) => {
        let session: Session = { ...base, bucket: { tokens: 1_000, at: NOW, refused: 0 } };
        const seen: Effect[] = [];
        const take = (input: Input): void => {
          const { session: next, effects } = step(session, input, NOW);
          seen.push(...effects);
          session = next;
        };
        commands.forEach((input, index) => {
          take(input);
          if (answers[index] === true && session.admitting !== null) take(admitted(session.admitting.identifier));
        });
        while (session.admitting !== null) take(admitted(session.admitting.identifier));
        const sum = (kind: Effect['kind']): number => seen.filter((effect) => effect.kind === kind).length;
        expect([sum('send'), sum('subscribed')]).toEqual([sum('admit'), sum('admit')]);
        expect(session.subscriptions.length).toBe(sum('subscribed') - sum('unsubscribed'));
      }),
    );
  });
});
