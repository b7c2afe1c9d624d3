/** What NATS says when what was to be replaced has been replaced by another. */
import { NatsError } from 'nats';

const WRONG_LAST_SEQUENCE = 10_071;

/** Whether a write to a bucket failed because another came first. */
export const isOutrun = (error: unknown): boolean =>
  error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE;
