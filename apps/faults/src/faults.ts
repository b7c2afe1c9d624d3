/** The faults that can be injected. Each returns when it is over (the recovery from it is not waited for), and says what it did. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Appender } from './appender.ts';
import type { Book } from './book.ts';
import { ACCOUNTS } from './domain.ts';
import type { Proxy } from './proxy.ts';
import type { Random } from './random.ts';
import { storeAgain } from './second-copy.ts';
import { processNames, type ProcessName, type World } from './world.ts';

/** The clients of an account that share a network. */
export type Group = { readonly name: string; readonly account: number; readonly proxy: Proxy };

export type FaultContext = {
  readonly world: World;
  readonly groups: readonly Group[];
  readonly appender: Appender;
  readonly book: Book;
  readonly random: Random;
};

export type FaultKind =
  | `kill ${ProcessName}`
  | `freeze ${ProcessName}`
  | 'cut sockets'
  | 'half-open sockets'
  | 'reader that stalls'
  | 'full disk'
  | 'old duplicate'
  | 'second copy';

export type Fault = {
  readonly kind: FaultKind;
  /** Null: it could not be injected here. */
  readonly inject: (context: FaultContext) => Promise<string | null>;
};

const FAT_CHARACTERS = 100_000;

const kill = (name: ProcessName): Fault => ({
  kind: `kill ${name}`,
  inject: async ({ world }) => {
    await world.kill(name);
    return 'kill -9';
  },
});

const freeze = (name: ProcessName): Fault => ({
  kind: `freeze ${name}`,
  inject: async ({ world, random }) => {
    const forMs = random.between(1_000, 3_000);
    const thaw = world.freeze(name);
    try {
      await pause(forMs);
    } finally {
      thaw();
    }
    return `${forMs} ms`;
  },
});

const cut: Fault = {
  kind: 'cut sockets',
  inject: async ({ groups, random }) => {
    const cutGroups = random.shuffled(groups).slice(0, random.between(1, groups.length));
    const elsewhere = random.between(0, 1) === 1;
    for (const { proxy } of cutGroups) {
      if (elsewhere) proxy.turn();
      proxy.cut();
    }
    return `${namesOf(cutGroups)}, back to the ${elsewhere ? 'other' : 'same'} gateway`;
  },
};

const halfOpen: Fault = {
  kind: 'half-open sockets',
  inject: async ({ groups, random }) => {
    const frozen = random.shuffled(groups).slice(0, random.between(1, groups.length));
    for (const { proxy } of frozen) {
      if (random.between(0, 1) === 1) proxy.turn();
      proxy.freeze();
    }
    return namesOf(frozen);
  },
};

const STALL_MS = 15_000;
/** More than the buffers of two kernels and a gateway take. */
const STALL_MESSAGES = 100;

/** Its network takes nothing more, while more than any buffer holds is on its way; over when the hub has cut it off. */
const stall: Fault = {
  kind: 'reader that stalls',
  inject: async ({ world, groups, appender, random }) => {
    const { name, account, proxy } = random.pick(groups);
    const before = await tooSlow(world);
    const isCut = async (): Promise<boolean> => (await tooSlow(world)) > before;
    const resume = proxy.stall();
    const deadline = Date.now() + STALL_MS;
    let messages = 0;
    try {
      while (Date.now() < deadline && !(await isCut()))
        if (messages < STALL_MESSAGES) {
          await appender.appendFat(account, FAT_CHARACTERS);
          messages++;
        } else await pause(100);
    } finally {
      resume();
    }
    return `${name}, ${messages} long messages, ${(await isCut()) ? 'cut off by the hub' : 'NOT cut off by the hub'}`;
  },
};

const DISK_MS = 6_000;
const DISK_MESSAGES = 60;

const fullDisk: Fault = {
  kind: 'full disk',
  inject: async ({ world, appender, random }) => {
    if (world.disk === null) return null;
    const account = random.pick(ACCOUNTS);
    const before = felt(world);
    world.disk.fill();
    const deadline = Date.now() + DISK_MS;
    try {
      // Views write over what is free inside their files first, so it takes a while.
      for (let messages = 0; Date.now() < deadline && felt(world) === before; messages++)
        if (messages < DISK_MESSAGES) await appender.appendFat(account, FAT_CHARACTERS);
        else await pause(100);
      await pause(500);
    } finally {
      world.disk.empty();
    }
    return felt(world) > before ? 'felt by the projector' : 'not felt by the projector';
  },
};

/** How often the projector has complained. */
const felt = (world: World): number => world.complaints('the projector stopped');

const duplicate: Fault = {
  kind: 'old duplicate',
  inject: async ({ appender }) => {
    const ids = [await appender.resend(), await appender.resend(), await appender.resend()];
    return ids.filter((id) => id !== null).join(', ');
  },
};

/** The event was sent again so late that the log did not recognise it. */
const secondCopy: Fault = {
  kind: 'second copy',
  inject: async ({ world, appender, book }) => {
    const number = appender.old();
    const entry = number === null ? undefined : book.entries.get(number);
    if (entry === undefined) return 'none yet';
    const position = [...entry.positions][0]!;
    book.copied(entry.number);
    return storeAgain(world.natsUrl, position).then(
      (copy) => `of position ${position}, at ${copy}`,
      () => `of position ${position}: NATS was away, it may be there or not`,
    );
  },
};

export const faults: readonly Fault[] = [
  ...processNames.map(kill),
  ...processNames.map(freeze),
  cut,
  halfOpen,
  stall,
  fullDisk,
  duplicate,
  secondCopy,
];

const namesOf = (groups: readonly Group[]): string => groups.map(({ name }) => name).join(' and ');

/** How many sockets the gateways have closed because they did not read. A gateway that is away counts as zero. */
const tooSlow = async ({ gatewayPorts }: World): Promise<number> => {
  const counts = await Promise.all(
    gatewayPorts.map(async (port) => {
      const page = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(1_000) }).then(
        (response) => response.text(),
        () => '',
      );
      return Number(/^cablehub_gateway_sockets_closed_total\{reason="too_slow"\} (\d+)/m.exec(page)?.[1] ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};
