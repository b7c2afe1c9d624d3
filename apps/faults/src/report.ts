/** What a run found, as text: the table, and the first violation with what happened around it. */
import type { Book } from './book.ts';
import type { RunningClient } from './clients.ts';
import { repeatsOf, violationKinds, type Violation } from './ledger.ts';
import { recoveryAfter } from './recovery.ts';

/** A fault that was injected. */
export type Injected = { readonly kind: string; readonly at: number; readonly until: number; readonly detail: string };

export type Findings = {
  readonly seed: number;
  readonly seconds: number;
  readonly book: Book;
  readonly clients: readonly RunningClient[];
  readonly injected: readonly Injected[];
  /** Kinds of faults that this machine does not allow. */
  readonly leftOut: readonly string[];
  readonly violations: readonly Violation[];
  readonly surprises: readonly string[];
  readonly retries: number;
  /** The last lines of the apps' logs. */
  readonly lastWords: readonly string[];
};

/** Whether the promise was kept. */
export const isKept = ({ violations, surprises }: Pick<Findings, 'violations' | 'surprises'>): boolean =>
  violations.length === 0 && surprises.length === 0;

export const reportOf = (findings: Findings): string => {
  const { seed, seconds, violations, surprises, lastWords } = findings;
  const [first] = violations;
  return [
    `seed ${seed}, ${seconds} s of load`,
    '',
    ...faultTable(findings),
    '',
    ...sums(findings),
    ...surprises.map((surprise) => `\nthe API gave an answer no producer can expect: ${surprise}`),
    ...(first === undefined ? [] : ['', explanation(findings, first), '', 'the last words of the apps:', ...lastWords]),
  ].join('\n');
};

const faultTable = (findings: Findings): readonly string[] => {
  const { injected, leftOut, book } = findings;
  const kinds = [...new Set(injected.map(({ kind }) => kind))].toSorted();
  const times = [...book.receipts.values()].map((receipts) => receipts.map(({ at }) => at));
  const row = (kind: string, count: string, recovery: string): string =>
    `${kind.padEnd(24)}${count.padStart(9)}${recovery.padStart(18)}`;
  return [
    row('fault', 'injected', 'longest recovery'),
    ...kinds.map((kind) => {
      const ofKind = injected.filter((one) => one.kind === kind);
      const longest = Math.max(...ofKind.flatMap(({ at }) => times.map((one) => recoveryAfter(at, one))));
      return row(kind, String(ofKind.length), `${(longest / 1_000).toFixed(1)} s`);
    }),
    ...leftOut.map((kind) => row(kind, 'left out', 'not allowed here')),
  ];
};

const sums = ({ injected, book, clients, violations, retries }: Findings): readonly string[] => {
  const acknowledged = [...book.entries.values()].filter(({ positions }) => positions.size > 0).length;
  const frames = [...book.receipts.values()].reduce((sum, { length }) => sum + length, 0);
  const repeats = book.clients.filter(({ isExt }) => !isExt).reduce((sum, one) => sum + repeatsOf(book, one), 0);
  const line = (name: string, value: number): string => `${name.padEnd(34)}${String(value).padStart(17)}`;
  return [
    line('faults injected', injected.length),
    line('clients', clients.length),
    line('events acknowledged', acknowledged),
    line('  requests sent again', retries),
    line('frames received', frames),
    line('  repeated to base clients (allowed)', repeats),
    ...violationKinds.map((kind) => {
      const ofKind = violations.filter((one) => one.kind === kind);
      const isExt = (name: string | null): boolean => book.clients.some((one) => one.name === name && one.isExt);
      const onExt = ofKind.filter(({ client }) => isExt(client)).length;
      const split = kind === 'lost' && ofKind.length > 0 ? `  (ext ${onExt}, base ${ofKind.length - onExt})` : '';
      return `${line(kind, ofKind.length)}${split}`;
    }),
  ];
};

const AROUND_MS = 10_000;

type Line = { readonly at: number; readonly text: string };

const explanation = (findings: Findings, violation: Violation): string => {
  const { kind, number, client } = violation;
  const entry = findings.book.entries.get(number);
  const positions = [...(entry?.positions ?? [])].join(', ') || 'none';
  return [
    `the first violation: ${kind}`,
    `  event     ${entry?.id ?? `number ${number}, which nobody posted`}, position ${positions}`,
    `  client    ${client ?? 'none: about the log'}`,
    ...storyOf(findings, violation).map(({ at, text }) => `  ${new Date(at).toISOString().slice(11, 23)}  ${text}`),
  ].join('\n');
};

/** What became of the event, and the faults and the client's fortunes around it, in order. */
const storyOf = ({ book, injected, clients }: Findings, { number, client, at }: Violation): readonly Line[] => {
  const acknowledgedAt = book.acknowledgedAt.get(number);
  const moment = at ?? acknowledgedAt ?? 0;
  const isAround = (from: number, until: number): boolean => until > moment - AROUND_MS && from < moment + AROUND_MS;
  const journal = clients.find(({ plan }) => plan.name === client)?.journal ?? [];
  const receipts = book.receipts.get(client ?? '') ?? [];
  const faults = injected.filter((one) => isAround(one.at, one.until));
  return [
    ...faults.map((one) => ({ at: one.at, text: `fault: ${one.kind} (${one.detail})` })),
    ...journal.filter((line) => isAround(line.at, line.at)).map((line) => ({ ...line, text: `client: ${line.text}` })),
    ...(acknowledgedAt === undefined ? [] : [{ at: acknowledgedAt, text: 'acknowledged by the API' }]),
    ...receipts.filter((one) => one.number === number).map((one) => ({ at: one.at, text: 'received' })),
  ].toSorted((a, b) => a.at - b.at);
};
