import { z } from 'zod';
import { defineEvent } from './definition.ts';
import { name } from './values.ts';

export const accountEvents = {
  'account.created': defineEvent({
    entity: 'account',
    version: 1,
    data: z.strictObject({ name }),
    entityId: (_data, account) => account,
  }),
} as const;
