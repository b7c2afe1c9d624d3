/** Times, as clients read them. */

/** Whole Unix seconds; 0 for what never was. */
export const seconds = (ms: number | null): number => (ms === null ? 0 : Math.floor(ms / 1_000));

/** ISO 8601, UTC, with milliseconds. */
export const iso = (ms: number): string => new Date(ms).toISOString();
