/** Given, when, then for commands: views that hold some events, a command, and what it decides. */
import { accountId, type NewEvent } from '@cablehub/events';
import { recorded } from '@cablehub/events/testing';
import { project, queryableViews } from '@cablehub/projector';
import type { Command, CommandContext, Decision } from './decision.ts';

const NOW = '2024-03-01T13:00:00.000Z';

export type Decided<Result> = {
  readonly decision: Decision<Result>;
  /** What was decided: type and data of each event. */
  readonly events: readonly { readonly type: string; readonly data: unknown; readonly expectedVersion?: number }[];
};

/** Ids are given from 100 on; everything random is always the same. */
export const given = (events: readonly NewEvent[]) => {
  const views = queryableViews(':memory:');
  events.forEach((event, index) => project(views, recorded(event, index + 1), { contactTokens: 'visible' }));
  let id = 99;
  let name = 0;
  const context: CommandContext = {
    accountId: accountId.parse(1),
    now: NOW,
    newId: () => `id-${++name}`,
    newSecret: () => 'secret-secret-secret-000',
    random: () => 0,
    takeId: () => ++id,
  };
  return {
    when: <Result>(command: Command<Result>): Decided<Result> => {
      const decision = command(views, context);
      const decided = decision.ok ? decision.events : [];
      return {
        decision,
        events: decided.map(({ event: { type, data }, ...rest }) => ({ type, data, ...rest })),
      };
    },
  };
};
