import type { EventId } from '@cablehub/events';
import { newEvent } from '@cablehub/events/testing';
import { describe, expect, it, vi } from 'vitest';
import { viewsInMemory } from '../api.fixture.ts';
import { hub, type Hub } from '../hub.fixture.ts';
import { gif } from './attachments.fixture.ts';
import { attach } from './forms.fixture.ts';
import { keepSweeping } from './sweeping.ts';
import { sweep, type SweepPorts } from './sweep.ts';

const DAY = 86_400_000;

const bytes = async function* () {
  yield Uint8Array.from(gif);
};
const keep = ({ files }: Pick<Hub, 'files'>, key: string) =>
  files.put({ key, name: 'a.gif', contentType: 'image/gif', maxBytes: 1_000, bytes: bytes() });

/** A hub as it is some time later, with something just said in it. */
const later = async ({ log, files }: Hub, ms: number): Promise<SweepPorts> => {
  await log.append([{ event: newEvent('team.created', { id: 900 + ms, name: `team ${ms}` }) }]);
  const aged: SweepPorts['log'] = {
    lastPosition: () => log.lastPosition(),
    read: async function* (options) {
      for await (const entry of log.read(options)) yield { ...entry, recordedAt: entry.recordedAt + ms };
    },
  };
  return { files, log: aged, views: viewsInMemory(log), now: () => Date.now() + ms };
};
const twice = async (ports: SweepPorts): Promise<readonly string[]> => {
  const { suspects } = await sweep(ports, new Set());
  return (await sweep(ports, suspects)).removed;
};

describe('a file that no message has', () => {
  it('is removed by the second sweep that finds it, a day after it was kept; what a message has stays', async () => {
    const stage = await hub();
    await attach(stage, { name: 'a.gif', bytes: gif });
    const [attached] = stage.files.keys();
    await keep(stage, '1_lost');
    const ports = await later(stage, DAY + 60_000);
    const first = await sweep(ports, new Set());
    expect([first.removed, [...first.suspects]]).toEqual([[], ['1_lost']]);
    const second = await sweep(ports, first.suspects);
    expect([second.removed, [...second.suspects], stage.files.keys()]).toEqual([['1_lost'], [], [attached]]);
  });

  it('stays when its message is there by the next sweep', async () => {
    const stage = await hub();
    await keep(stage, '1_late');
    const ports = await later(stage, DAY + 60_000);
    const { suspects } = await sweep(ports, new Set());
    const file = { id: 1, file_type: 'image', data_url: 'https://elsewhere.example/attachments/1_late.signed/a.gif' };
    await stage.log.append([
      {
        event: newEvent('message.created', {
          id: 50,
          conversation_id: 1,
          message_type: 'incoming',
          attachments: [file],
        }),
      },
    ]);
    expect((await sweep(ports, suspects)).removed).toEqual([]);
    expect(stage.files.keys()).toEqual(['1_late']);
  });

  it('stays for a day, by the clock of the log as well as by our own', async () => {
    const stage = await hub();
    await keep(stage, '1_lost');
    const early = await later(stage, DAY - 60_000);
    const late = await later(stage, DAY + 60_000);
    expect(await twice(early)).toEqual([]);
    expect(await twice({ ...late, log: early.log })).toEqual([]);
    expect(await twice({ ...late, now: early.now! })).toEqual([]);
    expect(await twice(late)).toEqual(['1_lost']);
  });

  it('stays while the views are behind, or begin anew while they are looked at', async () => {
    const stage = await hub();
    await keep(stage, '1_lost');
    const ports = await later(stage, DAY + 60_000);
    const { views } = ports;
    expect(await twice({ ...ports, views: { ...views, hasCaughtUp: () => false } })).toEqual([]);
    expect(await twice({ ...ports, views: { ...views, waitFor: async () => false } })).toEqual([]);
    const empty = viewsInMemory(stage.log);
    const reading = vi.fn(empty.reading);
    expect(await twice({ ...ports, views: { ...views, reading } })).toEqual([]);
    expect(reading).toHaveBeenCalled();
  });

  it('stays while an event of its account is parked that may be its message', async () => {
    const stage = await hub();
    await keep(stage, '1_lost');
    await keep(stage, '2_lost');
    const message = { id: 60, conversation_id: 999, message_type: 'incoming' } as const;
    await stage.log.append([{ event: newEvent('message.created', message, { id: 'parked' as EventId }) }]);
    expect(await twice(await later(stage, DAY + 60_000))).toEqual(['2_lost']);
  });

  it('is not ours when its key is none of ours', async () => {
    const stage = await hub();
    await keep(stage, 'of-somebody-else');
    expect(await twice(await later(stage, DAY + 60_000))).toEqual([]);
  });

  it('is looked for again and again, whatever went wrong, until the end', async () => {
    const stage = await hub();
    await keep(stage, '1_lost');
    const ports = await later(stage, DAY + 60_000);
    const ending = new AbortController();
    let times = 0;
    const list = async () => {
      times++;
      if (times === 1) throw new Error('NATS is away');
      return stage.files.list();
    };
    const removed: string[][] = [];
    const faults: unknown[] = [];
    await keepSweeping(
      { ...ports, files: { ...stage.files, list } },
      {
        signal: ending.signal,
        onRemoved: (keys) => removed.push([...keys]),
        onFault: (fault) => faults.push(fault),
        nextTime: async () => (times === 4 ? ending.abort() : undefined),
      },
    );
    expect([removed, faults]).toEqual([[['1_lost']], [new Error('NATS is away')]]);
  });
});
