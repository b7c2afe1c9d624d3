/** The routes that describe the rest. */
import { z } from 'zod';
import type { ApiServer } from '../server.ts';
import { asyncApiDocument } from './asyncapi.ts';

/** The readable page runs its own scripts alone, and calls the hub alone; it styles what it shows in place. */
export const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

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
