import { describe, expect, it } from 'vitest';
import { accountId, eventId, messageId, pubsubToken } from './ids.ts';

const taken = (schema: { safeParse: (value: unknown) => { success: boolean } }, values: readonly unknown[]) =>
  values.map((value) => schema.safeParse(value).success);

describe('id', () => {
  it('is a positive whole number that JSON carries exactly', () => {
    expect(taken(accountId, [1, Number.MAX_SAFE_INTEGER])).toEqual([true, true]);
    const refused = [0, -1, 1.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN, Infinity, '1', null];
    expect(taken(messageId, refused)).toEqual(refused.map(() => false));
  });

  it('of an event is 1 to 128 visible ASCII characters', () => {
    expect(taken(eventId, ['a', '!~', 'x'.repeat(128)])).toEqual([true, true, true]);
    const refused = ['', 'x'.repeat(129), 'a b', 'a\n', 'a\r\nNats-Rollup: all', 'é', '\u007f', 1];
    expect(taken(eventId, refused)).toEqual(refused.map(() => false));
  });
});

describe('pubsub token', () => {
  it('is 16 to 256 URL-safe characters', () => {
    expect(taken(pubsubToken, ['x'.repeat(16), 'x'.repeat(256), 'AZaz09._~-AZaz09'])).toEqual([true, true, true]);
    const refused = [
      'x'.repeat(15),
      'x'.repeat(257),
      `${'x'.repeat(16)} `,
      `${'x'.repeat(16)}/`,
      `${'x'.repeat(16)}\n`,
    ];
    expect(taken(pubsubToken, refused)).toEqual(refused.map(() => false));
  });
});
