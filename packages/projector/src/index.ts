export { announce, type AnnounceOptions, type Announcement } from './announcement.ts';
export { checksumsOf, compareViews, type Difference, type TableComparison, type TableSum } from './checksums.ts';
export { copyDatabase as copyViews, removeDatabase as removeViews, ViewsFault } from './database.ts';
export { project, projections, type Consequences, type ProjectOptions, type Projections } from './projection.ts';
export { publishedSoFar, toldUpTo, type PublishedPorts } from './published.ts';
export { replay, type Replayed, type ReplayOptions, type ReplayProgress } from './replay.ts';
export { runProjector, type Batch, type RunnerOptions, type RunnerPorts } from './runner.ts';
export { VIEWS_VERSION, type Row, type TableName } from './schema.ts';
export { readSqliteViews, sqliteViews } from './sqlite-views.ts';
export { announceTyping, type TypingContext } from './typing.ts';
export {
  adoptViews,
  isOffered,
  offerViews,
  sealViews,
  stateOf,
  unfitness,
  viewFilesIn,
  type Adoption,
  type ViewFiles,
  type ViewsState,
} from './view-files.ts';
export type { Parked, ReadableViews, ReadViews, Views, Write } from './views.ts';
