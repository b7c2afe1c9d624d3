import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { teamId } from './ids.ts';
import { name } from './values.ts';

const data = z.strictObject({ id: teamId, name });

export const teamEvents = {
  'team.created': defineEvent({ entity: 'team', version: 1, data, entityId: (team) => team.id }),
  'team.updated': defineEvent({ entity: 'team', version: 1, data, entityId: (team) => team.id }),
} as const;
