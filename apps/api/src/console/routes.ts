/** The console: its files at `/`, and what it must know to begin. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiServer } from '../server.ts';

/** Who is signed in without being asked, in development alone. */
export type DemoSignIn = {
  readonly access_token: string;
  readonly account_id: number;
  readonly inbox_identifier: string;
};

export type ConsoleParts = {
  /** Where the cable is; absent: at the port of `cablePort` on the host that was asked, else at that host itself. */
  readonly cableUrl?: string | undefined;
  readonly cablePort?: () => number | null;
  readonly demo?: () => DemoSignIn | null;
  /** Where the built console is. */
  readonly folder?: string;
};

const configShape = z.object({
  cable_url: z.string(),
  version: z.string(),
  now: z.int().describe('Unix ms: frames are dated by this clock, and that of a browser may be wrong'),
  demo: z
    .object({ access_token: z.string(), account_id: z.int(), inbox_identifier: z.string() })
    .nullable()
    .describe('only in development'),
});

const VERSION = '1.0.0';
const builtConsole = fileURLToPath(new URL('../../../console/dist', import.meta.url));

export const cableUrlFor = ({ cableUrl, cablePort }: ConsoleParts, request: FastifyRequest): string => {
  if (cableUrl !== undefined) return cableUrl;
  const scheme = request.protocol === 'https' ? 'wss' : 'ws';
  const port = cablePort?.() ?? null;
  return port === null ? `${scheme}://${request.host}/cable` : `${scheme}://${request.hostname}:${port}/cable`;
};

/** Nothing but the console's own files, the hub and the cable. */
const policyFor = (parts: ConsoleParts, request: FastifyRequest): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: https:",
    "font-src 'self'",
    `connect-src 'self' ${originOf(cableUrlFor(parts, request))}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin.replace(/^null$/, '') : '');

export const consoleRoutes = async (app: ApiServer, parts: ConsoleParts): Promise<void> => {
  app.get(
    '/console/config',
    {
      schema: {
        summary: 'What the console must know to begin.',
        tags: ['about'],
        response: { 200: configShape.describe('Where the cable is, and whether somebody is signed in already.') },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        cable_url: cableUrlFor(parts, request),
        version: VERSION,
        now: Date.now(),
        demo: parts.demo?.() ?? null,
      };
    },
  );

  const { folder = builtConsole } = parts;
  if (!existsSync(join(folder, 'index.html'))) return;
  await app.register(async (scope: ApiServer) => {
    scope.addHook('onSend', async (request, reply) => {
      secure(reply, policyFor(parts, request));
    });
    await scope.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      cacheControl: false,
      setHeaders: (response, path) =>
        void response.setHeader(
          'cache-control',
          /[/\\]assets[/\\]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    });
  });
};

const secure = (reply: FastifyReply, policy: string): void => {
  reply.headers({
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
};
