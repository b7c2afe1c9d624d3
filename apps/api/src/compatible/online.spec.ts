import type { AccountId } from '@cablehub/events';
import { describe, expect, it, vi } from 'vitest';
import { onlineContacts } from './online.ts';

const [one, two] = [1 as AccountId, 2 as AccountId];

describe('the contacts that are online', () => {
  it('are those that presence names, asked once a second for each account', async () => {
    const askPresence = vi.fn(async (account: AccountId) => ({
      users: {},
      contacts: { [account * 10]: 'online' as const },
    }));
    let now = 0;
    const online = onlineContacts({ askPresence }, () => now);
    expect(await Promise.all([online(one), online(two), online(one)])).toEqual([
      new Set([10]),
      new Set([20]),
      new Set([10]),
    ]);
    expect(askPresence).toHaveBeenCalledTimes(2);
    now = 1_000;
    await online(one);
    expect(askPresence).toHaveBeenCalledTimes(3);
  });

  it('are none when nobody says, or not in time', async () => {
    const askPresence = vi.fn<(account: AccountId) => Promise<never>>();
    askPresence.mockRejectedValueOnce(new Error('no presence app answers'));
    askPresence.mockReturnValueOnce(new Promise(() => undefined));
    const online = onlineContacts({ askPresence });
    expect([await online(one), await online(two)]).toEqual([new Set(), new Set()]);
  });
});
