/** Times and numbers as the console writes them (pure). */

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** `14:03:09`, in the reader's time zone. */
export const clock = (ms: number): string => {
  const at = new Date(ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
};

/** `14:03:09.120` */
export const preciseClock = (ms: number): string => `${clock(ms)}.${pad(new Date(ms).getMilliseconds(), 3)}`;

/** `2026-01-31` */
export const day = (ms: number): string => {
  const at = new Date(ms);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
};

/** The clock for today, the day for anything else. */
export const shortTime = (ms: number, now: number): string => (day(ms) === day(now) ? clock(ms).slice(0, 5) : day(ms));

/** `1,204` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** Three figures, whatever the size: `0.42`, `7.3`, `128`, `12.4k`. */
export const short = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1e6) return `${figures(value / 1e6)}M`;
  if (size >= 1e4) return `${figures(value / 1e3)}k`;
  return figures(value);
};

const figures = (value: number): string => {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return count(value);
  return String(Number(value.toFixed(size >= 10 ? 1 : 2)));
};

/** `open` → `Open` */
export const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** `Ada Lovelace` → `AL` */
export const initials = (name: string): string => {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return letters.map((word) => [...word][0]!.toUpperCase()).join('') || '?';
};
