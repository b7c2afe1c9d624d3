/** The process that plays clients, as whoever measures speaks to it. */
import { startProgram, type Program } from '../program.ts';
import { asking } from '../talk.ts';
import type { Connected, Group, LoadTalk } from './client.ts';

export type Load = {
  readonly program: Program;
  readonly ask: ReturnType<typeof asking<LoadTalk>>;
};

export const startLoad = (name = 'client'): Load => {
  const program = startProgram({ name, file: 'load/client' });
  return { program, ask: asking<LoadTalk>(program) };
};

/** Clients of the cable: agents of one account, each with a token and so an identifier of its own. */
export const cableGroup = (port: number, identifiers: readonly string[], atOnce = 64): Group => ({
  port,
  path: '/cable',
  subprotocol: 'actioncable-v1-json',
  greeting: '"welcome"',
  confirmation: 'confirm_subscription',
  hellos: identifiers.map((identifier) => JSON.stringify({ command: 'subscribe', identifier })),
  atOnce,
  keepsStarts: false,
  tries: 1,
  sign: null,
});

/** Clients of a bare server: each says its identifier, and is served from then on. */
export const bareGroup = (port: number, identifiers: readonly string[], atOnce = 64): Group => ({
  port,
  path: '/',
  subprotocol: '',
  greeting: '',
  confirmation: 'served',
  hellos: identifiers,
  atOnce,
  keepsStarts: false,
  tries: 1,
  sign: null,
});

export type { Connected };
