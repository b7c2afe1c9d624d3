/**
 * The process that says things at a pace, whatever becomes of them: an open loop. When something was due is when it counts from, so
 * what comes late because of others is late in the figures as well.
 */
import { Agent, request } from 'node:http';
import { connect } from 'nats';
import { answerTo } from '../talk.ts';

export type Pace = {
  readonly perSecond: number;
  /** How many in all. */
  readonly count: number;
};

export type PacedPosts = Pace & {
  readonly port: number;
  readonly token: string;
  /** The accounts, each in its turn. */
  readonly accounts: readonly number[];
  /** What the request to an account holds; `%` stands for the number of the request, from `firstId` on. */
  readonly body: string;
  readonly firstId: number;
};

export type PacedMessages = Pace & {
  readonly natsUrl: string;
  /** The subjects, each in its turn. */
  readonly subjects: readonly string[];
  readonly bytes: number;
};

/** When each was due: ms, as `process.hrtime` counts. */
export type Paced = { readonly dueAt: readonly number[] };

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Calls `say` with each number when it is due. */
const paced = ({ perSecond, count }: Pace, say: (index: number) => void): Promise<Paced> =>
  new Promise((resolve) => {
    const startAt = now() + 50;
    const dueAt = Array.from({ length: count }, (_, index) => startAt + (index * 1_000) / perSecond);
    let next = 0;
    const look = (): void => {
      while (next < count && dueAt[next]! <= now()) say(next++);
      if (next === count) return resolve({ dueAt });
      setTimeout(look, Math.max(0, Math.floor(dueAt[next]! - now())));
    };
    look();
  });

const agent = new Agent({ keepAlive: true, maxSockets: 256, noDelay: true });

const post = async (asked: PacedPosts): Promise<Paced> => {
  const { port, token, accounts, body, firstId } = asked;
  const answers: Promise<void>[] = [];
  const result = await paced(asked, (index) => {
    const path = `/v1/accounts/${accounts[index % accounts.length]}/events`;
    answers.push(postOne({ port, path, token, body: body.replace('%', String(firstId + index)) }));
  });
  await Promise.all(answers);
  return result;
};

type One = { readonly port: number; readonly path: string; readonly token: string; readonly body: string };

const postOne = ({ port, path, token, body }: One): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    };
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 201 ? resolve() : reject(new Error(`was answered ${response.statusCode}`)),
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });

const publish = async (asked: PacedMessages): Promise<Paced> => {
  const nats = await connect({ servers: asked.natsUrl });
  const payload = new Uint8Array(asked.bytes).fill(0x78);
  const result = await paced(asked, (index) => nats.publish(asked.subjects[index % asked.subjects.length]!, payload));
  await nats.close();
  return result;
};

const talk = { post, publish };
export type PacerTalk = typeof talk;
answerTo(talk);
