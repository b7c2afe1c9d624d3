/** The small vocabularies and bounds that several events speak. */
import { z } from 'zod';
import { userId } from './ids.ts';

/** What an agent has chosen to be, or what they are in effect. */
export const availability = z.enum(['online', 'busy', 'offline']);
export type Availability = z.infer<typeof availability>;

export const role = z.enum(['agent', 'administrator']);
export type Role = z.infer<typeof role>;

/** Free JSON attributes: an object. An event that carries one replaces the whole of it. */
export const attributes = z.record(z.string().max(255), z.json());
export type Attributes = z.infer<typeof attributes>;

export const name = z.string().min(1).max(255);
export const text = z.string().max(255);
export const url = z.string().max(2_048);

/** What a secret is recognised by, without being known: its SHA-256 in lower-case hexadecimal. */
export const secretHash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

/** A moment in UTC, as ISO 8601 with milliseconds. */
export const moment = z.iso.datetime({ offset: true }).transform((value) => new Date(value).toISOString());

/** The user who did it, shown to clients as `performer`. */
export const performer = { performer_id: userId.optional() };
