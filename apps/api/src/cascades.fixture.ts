/** One call, and what is told of it. */
import { project, queryableViews, type Announcement } from '@cablehub/projector';
import { expect } from 'vitest';
import { hub, type Called, type Hub, type Method } from './hub.fixture.ts';

export type Stage = Hub & {
  /** As an agent who is no administrator. */
  readonly asMember: (method: Method, path: string, body?: object) => Promise<Called>;
  readonly member: number;
  readonly team: number;
};

export const staged = async (): Promise<Stage> => {
  const stage = await hub();
  const made = await stage.asAgent('POST', '/agents', { name: 'Ann', email: 'ann@acme.inc' });
  const member = Number(made.body['id']);
  await stage.asAgent('POST', '/inbox_members', { inbox_id: stage.set.inbox.id, user_ids: [member] });
  const { body: team } = await stage.asAgent('POST', '/teams', { name: 'sales' });
  const asMember: Stage['asMember'] = async (method, path, payload) => {
    const { statusCode: status, payload: text } = await stage.app.inject({
      method,
      url: `/api/v1/accounts/${stage.set.account.id}${path}`,
      headers: { api_access_token: String(made.body['access_token']) },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status, text, body: {}, position: 0 };
  };
  return { ...stage, asMember, member, team: Number(team['id']) };
};

const nameOf = ({ payload }: Announcement): string =>
  (JSON.parse(new TextDecoder().decode(payload)) as { readonly event: string }).event;
const audienceOf = (announcements: readonly Announcement[]): string =>
  announcements
    .map(({ lane, audience }) => (lane !== 'agents' ? 'C' : audience.kind === 'only' ? 'U' : 'all'))
    .join('');

/** What was told since a position. */
const toldSince = async ({ log }: Hub, before: number): Promise<readonly string[]> => {
  const views = queryableViews(':memory:');
  const told: string[] = [];
  for await (const entry of log.read()) {
    const { announcements, outcome } = project(views, entry, { contactTokens: 'visible' });
    expect(outcome).toEqual({ kind: 'taken' });
    if (entry.position <= before || announcements.length === 0) continue;
    told.push(`${nameOf(announcements[0]!)} ${audienceOf(announcements)}`);
  }
  views.close();
  return told;
};

export type Cascade = {
  readonly given?: (stage: Stage) => Promise<unknown>;
  readonly when: (stage: Stage) => Promise<Called>;
  /**
   * Each frame and to whom, in order. `U`: administrators and members of the inbox; `C`: the customer's sessions; `all`: every
   * user of the account.
   */
  readonly then: readonly string[];
};

export const toldOf = async ({ given, when }: Cascade): Promise<readonly string[]> => {
  const stage = await staged();
  await given?.(stage);
  const before = await stage.log.lastPosition();
  const { status, text } = await when(stage);
  expect([status, text]).toEqual([200, expect.any(String)]);
  return toldSince(stage, before);
};
