export { announce, type AnnounceOptions, type Announcement } from './announcement.ts';
export { ViewsFault } from './database.ts';
export { project, type Consequences } from './projection.ts';
export { runProjector, type Batch, type RunnerOptions, type RunnerPorts } from './runner.ts';
export { VIEWS_VERSION, type Row, type TableName } from './schema.ts';
export { sqliteViews } from './sqlite-views.ts';
export { announceTyping, type TypingContext } from './typing.ts';
export type { Parked, ReadViews, Views, Write } from './views.ts';
