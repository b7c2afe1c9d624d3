/** The routes that describe the rest. */
import { z } from 'zod';
import type { ApiServer } from '../server.ts';
import { asyncApiDocument } from './asyncapi.ts';

export const documentRoutes = (app: ApiServer): void => {
  const tags = ['about'];
  const response = { 200: z.looseObject({}).describe('The document.') };
  const asyncApi = asyncApiDocument();

  app.get('/openapi.json', { schema: { summary: 'This document.', tags, response } }, async () => ({
    ...app.swagger(),
  }));
  app.get(
    '/asyncapi.json',
    { schema: { summary: 'What is in the log and on the cable, as AsyncAPI 3.0.', tags, response } },
    async () => asyncApi,
  );
};
