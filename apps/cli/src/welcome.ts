/** What `hub up` prints once everything is up: where it is, and one line to paste. */
import type { ApiToken } from '@cablehub-apps/api';
import color from 'picocolors';
import { DEMO_ACCOUNT, demoTokens } from './demo-account.ts';
import { rows } from './output.ts';
import type { HubSettings } from './up.ts';

export type WelcomeFacts = { readonly tokens: readonly ApiToken[]; readonly hasDemoAccount: boolean };

export const welcome = (settings: HubSettings, { tokens, hasDemoAccount }: WelcomeFacts): string => {
  const host = ['0.0.0.0', '::'].includes(settings.HOST) ? 'localhost' : settings.HOST;
  const isOwnToken = settings.API_TOKENS.length === 0;
  const listen = `bin/hub listen --token ${demoTokens.agent} --account ${DEMO_ACCOUNT} --user 1`;
  return [
    '',
    `${color.green(color.bold('cablehub is up'))}${color.dim('  ·  Ctrl-C stops it')}`,
    '',
    rows([
      ['console', `http://${host}:${settings.API_PORT}/`],
      ['sockets', `ws://${host}:${settings.PORT}/cable`],
      ['api', `http://${host}:${settings.API_PORT}/v1  (described in /openapi.json and /asyncapi.json)`],
      ['data', settings.DATA_DIR],
      [
        'api token',
        isOwnToken ? `${tokens[0]?.token}  (kept in ${settings.DATA_DIR}/api-token)` : 'as set in API_TOKENS',
      ],
      ...(hasDemoAccount
        ? ([
            ['agent', `${demoTokens.agent}  (account ${DEMO_ACCOUNT}, user 1: John)`],
            ['customer', `${demoTokens.customer}  (ada, conversation 1)`],
          ] as const)
        : []),
    ]),
    '',
    ...(hasDemoAccount
      ? ['Hear what John hears: paste this in another terminal', '', `  ${color.cyan(listen)}`, '']
      : []),
  ].join('\n');
};
