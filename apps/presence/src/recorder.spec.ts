import { positionOf, type AccountId, type Availability, type UserId } from '@cablehub/events';
import type { AppendResult, EventLog } from '@cablehub/log';
import { eventsIn, memoryLog } from '@cablehub/log/testing';
import { describe, expect, it } from 'vitest';
import { createRecorder, type StatusChange } from './recorder.ts';

const time = '2026-01-01T00:00:00.000Z';

const change = (status: Availability, position = 0): StatusChange => ({
  accountId: 1 as AccountId,
  userId: 5 as UserId,
  agent: { availability: 'online', autoOffline: true, status: 'offline', position: positionOf(position) },
  status,
});

const given = (log: EventLog = memoryLog()) => {
  const failures: string[] = [];
  let recorded = 0;
  const recorder = createRecorder({
    log,
    time: () => time,
    onRecorded: () => recorded++,
    onFailed: (_change, failure) => failures.push(failure.reason),
  });
  return { log, recorder, failures, recorded: () => recorded };
};

const answering = (append: () => Promise<readonly AppendResult[]>): EventLog => ({ ...memoryLog(), append });

describe('recorder', () => {
  it('appends what an agent is in effect', async () => {
    const { log, recorder, recorded } = given();
    recorder.record(change('online'));
    await recorder.idle();
    expect(await eventsIn(log)).toMatchObject([
      {
        type: 'agent.availability_changed',
        data: { user_id: 5, availability: 'online' },
        accountId: 1,
        id: 'presence.1.5.0',
        source: '/presence',
        time,
      },
    ]);
    expect(recorded()).toBe(1);
  });

  it('waits for what it appended to come back before it appends more', async () => {
    const log = memoryLog();
    let calls = 0;
    const { recorder } = given({ ...log, append: (appends) => (calls++, log.append(appends)) });
    recorder.record(change('online'));
    recorder.record(change('online'));
    await recorder.idle();
    recorder.record(change('offline'));
    await recorder.idle();
    expect(calls).toBe(1);
    recorder.record(change('offline', 1));
    await recorder.idle();
    expect(await eventsIn(log)).toHaveLength(2);
  });

  it('appends nothing when another event about the agent came first', async () => {
    const { log, recorder, failures } = given();
    recorder.record(change('online'));
    await recorder.idle();
    const other = given(log);
    other.recorder.record(change('busy', 7));
    await other.recorder.idle();
    expect(await eventsIn(log)).toHaveLength(1);
    expect([failures, other.failures]).toEqual([[], ['wrong_expected_version']]);
  });

  it('appends once for two replicas', async () => {
    const first = given();
    const second = given(first.log);
    first.recorder.record(change('online'));
    second.recorder.record(change('online'));
    await Promise.all([first.recorder.idle(), second.recorder.idle()]);
    expect(await eventsIn(first.log)).toHaveLength(1);
    expect(first.recorded() + second.recorded()).toBe(1);
  });

  it('reports a failure and tries again when asked', async () => {
    const unconfirmed: AppendResult = { ok: false, reason: 'unconfirmed', cause: 'no answer' };
    const { recorder, failures } = given(answering(() => Promise.resolve([unconfirmed])));
    recorder.record(change('online'));
    await recorder.idle();
    recorder.record(change('online'));
    await recorder.idle();
    expect(failures).toEqual(['unconfirmed', 'unconfirmed']);
  });

  it('reports a log that throws', async () => {
    const { recorder, failures } = given(answering(() => Promise.reject(new Error('closed'))));
    recorder.record(change('online'));
    await recorder.idle();
    expect(failures).toEqual(['unconfirmed']);
  });
});
