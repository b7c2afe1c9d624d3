import { describe, expect, it } from 'vitest';
import { negotiate } from './subprotocol.ts';

const base = 'actioncable-v1-json';
const extended = 'actioncable-v1-ext-json';
const unsupported = 'actioncable-unsupported';

describe('negotiate', () => {
  it.each([
    ['what Rails offers', `${base}, ${unsupported}`, base, true],
    ['what @anycable/core offers', base, base, true],
    ['the sentinel alone', unsupported, unsupported, false],
    ['an unknown name and the sentinel', `graphql-ws, ${unsupported}`, unsupported, false],
    ['an unknown name', 'graphql-ws', null, true],
    ['the extended protocol alone', extended, extended, true],
    ['the extended protocol first', `${extended},${base}`, extended, true],
    ['the extended protocol second', `${base}, ${extended}`, base, true],
    ['the extended protocol with a token', `${extended}, anycable-token.abc`, extended, true],
    ['a token among the names', `${base}, anycable-token.abc`, base, true],
    ['names without spaces', `graphql-ws,${base},${unsupported}`, base, true],
    ['nothing', '', null, true],
  ])('answers %s', (...[, header, selected, isServed]) => {
    expect(negotiate(header)).toMatchObject({ selected, isServed });
  });

  it('knows the extended protocol by its choice', () => {
    expect(negotiate(extended).isExtended).toBe(true);
    expect(negotiate(`${base}, ${extended}`).isExtended).toBe(false);
    expect(negotiate('').isExtended).toBe(false);
  });

  it('confirms a repeated subscribe again only for who offered the sentinel', () => {
    expect(negotiate(`${base}, ${unsupported}`).reconfirms).toBe(true);
    expect(negotiate(base).reconfirms).toBe(false);
    expect(negotiate('').reconfirms).toBe(false);
  });
});
