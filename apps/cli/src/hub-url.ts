/** Where the commands find a running hub (pure): at one place behind a load balancer, else on the ports of this machine. */
import { z } from 'zod';

export const hubUrlSettings = {
  /** A hub that answers everything at one place, like http://localhost:3000. Unset: this machine, by PORT and API_PORT. */
  HUB_URL: z
    .url({ protocol: /^https?$/, error: 'must look like http://localhost:3000' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
} as const;

type HubPlace = {
  readonly HUB_URL?: string | undefined;
  readonly PORT: number;
  readonly API_PORT: number;
};

export const apiUrlOf = ({ HUB_URL: url, API_PORT: port }: HubPlace): string => url ?? `http://127.0.0.1:${port}`;

export const cableUrlOf = ({ HUB_URL: url, PORT: port }: HubPlace): string =>
  `${url?.replace(/^http/, 'ws') ?? `ws://127.0.0.1:${port}`}/cable`;
