/** The second door: given, when, then for projections, and files as other hubs leave them. */
import { recorded } from '@cablehub/events/testing';
import type { NewEvent, RecordedEvent } from '@cablehub/events';
import type { AnnounceOptions, Announcement } from './announcement.ts';
import { openDatabase } from './database.ts';
import { memoryViews } from './memory-views.ts';
import { project, type Consequences } from './projection.ts';
import type { Views } from './views.ts';

/** Makes a file of views one of another version, as an older or newer hub would have left it. */
export const changeViewsVersion = (file: string, version: number): void => {
  const database = openDatabase(file);
  database.execute(`UPDATE checkpoint SET version = ${version}`);
  database.close();
};

const decoder = new TextDecoder();

/** A frame's body, decoded. */
export type Told = {
  readonly lane: string;
  readonly users: readonly number[] | 'all';
  readonly event: string;
  // Frames are JSON: a specification says what it expects of them.
  readonly data: Readonly<Record<string, unknown>>;
};

export const toldBy = (announcements: readonly Announcement[]): readonly Told[] =>
  announcements.map(({ lane, audience, payload }) => ({
    lane,
    users: audience.kind === 'only' ? audience.users : 'all',
    ...(JSON.parse(decoder.decode(payload)) as { event: string; data: Record<string, unknown> }),
  }));

export type Followed = Consequences & { readonly views: Views; readonly told: readonly Told[] };

/** Views that hold these events; `when` applies one more and gives what follows from it. */
export const given = (events: readonly NewEvent[], options: AnnounceOptions = { contactTokens: 'visible' }) => {
  const views = memoryViews();
  let position = 0;
  const apply = (event: NewEvent): Consequences =>
    project(views, recorded(event, ++position) as RecordedEvent, options);
  for (const event of events) apply(event);
  return {
    views,
    when: (event: NewEvent): Followed => {
      const consequences = apply(event);
      return { ...consequences, views, told: toldBy(consequences.announcements) };
    },
  };
};
