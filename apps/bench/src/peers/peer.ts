/**
 * A server with the hub's job: an event comes in over HTTP and goes out to everybody's socket. The hub is one of them, so that all are
 * asked the same.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Agent } from '../agents.ts';
import type { Group } from '../load/client.ts';
import type { Program } from '../program.ts';
import type { Watched } from '../usage.ts';

/** How an event is told everybody. */
export type Way = {
  /** What is special about it; empty: nothing is. */
  readonly name: string;
  /** The clients of these agents, each of which is told what is told in this way. */
  readonly group: (agents: readonly Agent[]) => Group;
  /** Has an event (JSON) told this many clients, from the peer's broker on. */
  readonly tell: (event: Uint8Array, clients: number) => Promise<void>;
  /** The same from an HTTP request on. Resolves with its answer. */
  readonly post: (event: Uint8Array, clients: number) => Promise<void>;
};

/** A client as the peer's users have it, for seeing what it lacks after drops. */
export type DropTarget = {
  readonly kind: 'anycable' | 'rails' | 'socket-io';
  readonly url: string;
  /** What each client subscribes to. */
  readonly identifiers: readonly string[];
};

/** How much is asked of a peer at a time: a slow one would take minutes for what a fast one does in a second. */
export type Effort = {
  /** How many clients it fans out to. */
  readonly sizes: readonly [number, ...number[]];
  /** Frames of one run of fan-out. */
  readonly frames: number;
  /** Events of one run of latency. */
  readonly events: number;
};

export type Peer = {
  readonly name: string;
  readonly effort: Effort;
  /** The process that keeps the sockets first, then all others that an event passes. */
  readonly processes: readonly [Watched, ...Watched[]];
  readonly ways: readonly [Way, ...Way[]];
  readonly drops: (agents: readonly Agent[]) => DropTarget;
  readonly stop: () => Promise<void>;
};

export type PeerOptions = {
  /** For what it stores; its own. */
  readonly folder: string;
  /** Of the server that feeds those that NATS feeds. */
  readonly natsUrl: string;
};

/** Starts a peer. Faults: an error when it does not become ready. */
export type StartPeer = (options: PeerOptions) => Promise<Peer>;

/** What can be measured here, and why the rest cannot. */
export type PeerAtHand = { readonly name: string } & ({ readonly start: StartPeer } | { readonly absent: string });

/** Posts an event. Faults: an error with the answer when it is not taken. */
export const postTo = async (
  url: string,
  event: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: event,
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${answer.slice(0, 500)}`);
};

const READY_MS = 30_000;
const POLL_MS = 50;

/** Resolves when something answers HTTP. Faults: an error with what the program said last. */
export const untilAnswered = async ({ program, port }: { program: Program; port: number }): Promise<void> => {
  const until = performance.now() + READY_MS;
  while (performance.now() < until && program.child.exitCode === null) {
    const isThere = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await pause(POLL_MS);
  }
  throw new Error(`${program.name} did not become ready\n${program.lastWords()}`);
};
