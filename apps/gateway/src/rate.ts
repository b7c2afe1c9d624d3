/** How many commands a connection may send: a token bucket (pure). */

export type RateLimits = {
  /** How many may come at once. */
  readonly burst: number;
  /** How many a second in the long run. */
  readonly perSecond: number;
  /** After this many refusals in a row of trouble the connection is ended. */
  readonly refusals: number;
};

export type Bucket = {
  readonly tokens: number;
  /** When `tokens` was true, in ms. */
  readonly at: number;
  /** Refused since the bucket was last full. */
  readonly refused: number;
};

export type Take = {
  readonly bucket: Bucket;
  /** `persistent`: refused, and so often that it is no accident. */
  readonly outcome: 'taken' | 'refused' | 'persistent';
};

export const fullBucket = (limits: RateLimits, now: number): Bucket => ({ tokens: limits.burst, at: now, refused: 0 });

/** Takes one token, if there is one. */
export const take = (bucket: Bucket, limits: RateLimits, now: number): Take => {
  const elapsed = Math.max(0, now - bucket.at);
  const tokens = Math.min(limits.burst, bucket.tokens + (elapsed * limits.perSecond) / 1_000);
  const refused = tokens === limits.burst ? 0 : bucket.refused;
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, at: now, refused }, outcome: 'taken' };
  const outcome = refused + 1 > limits.refusals ? 'persistent' : 'refused';
  return { bucket: { tokens, at: now, refused: refused + 1 }, outcome };
};
