import { describe, expect, it } from 'vitest';
import { shortcutReader, type KeyPressed } from './shortcuts.ts';

const key = (name: string, over: Partial<KeyPressed> = {}): KeyPressed => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: { tagName: 'BODY' },
  ...over,
});

describe('a key', () => {
  it('is a shortcut by its name', () => {
    expect(shortcutReader()(key('j'), 0)).toBe('j');
  });

  it('after g is a sequence, for a moment', () => {
    const read = shortcutReader();
    expect([read(key('g'), 0), read(key('e'), 100), read(key('e'), 200)]).toEqual([null, 'g e', 'e']);
    expect([read(key('g'), 0), read(key('e'), 5_000)]).toEqual([null, 'e']);
  });

  it.each([
    ['in a field', { target: { tagName: 'TEXTAREA' } }],
    ['in a text', { target: { tagName: 'DIV', isContentEditable: true } }],
    ['with Ctrl', { ctrlKey: true }],
    ['with Meta', { metaKey: true }],
    ['with Alt', { altKey: true }],
  ])('%s is not ours', (_, over) => {
    expect(shortcutReader()(key('j', over), 0)).toBeNull();
  });
});
