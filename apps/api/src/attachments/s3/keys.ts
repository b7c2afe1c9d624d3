/** Where things lie in the bucket. */

/** The files. */
export const FILES = 'files/';
/** Notes of uploads in parts that have not ended, or never will: each holds the id that the server gave. */
export const NOTES = 'unfinished/';

export const fileAt = (key: string): string => `${FILES}${key}`;
export const noteAt = (key: string): string => `${NOTES}${key}`;
