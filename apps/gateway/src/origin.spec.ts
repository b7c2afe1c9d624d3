import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from './origin.ts';

describe('an origin', () => {
  const allowed = ['https://app.example.com', '*.example.org'];

  it.each([
    'https://app.example.com',
    'HTTPS://APP.EXAMPLE.COM',
    'https://a.example.org',
    'http://a.b.example.org:8080',
    '',
  ])('is allowed: "%s"', (origin) => {
    expect(isOriginAllowed(origin, allowed)).toBe(true);
  });

  it.each([
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://example.org',
    'https://evilexample.org',
    'https://example.org.evil.net',
    'https://evil.net/a.example.org',
    'null',
  ])('is refused: "%s"', (origin) => {
    expect(isOriginAllowed(origin, allowed)).toBe(false);
  });

  it('is allowed whatever it is when none is listed', () => {
    expect(isOriginAllowed('https://anywhere.net', [])).toBe(true);
  });
});
