export { announce, type AnnounceOptions, type Announcement } from './announcement.ts';
export { checksumsOf, compareViews, type Difference, type TableComparison, type TableSum } from './checksums.ts';
export { copyDatabase as copyViews, removeDatabase as removeViews, ViewsFault } from './database.ts';
export {
  project,
  projections,
  type Consequences,
  type Outcome,
  type ProjectOptions,
  type Projections,
} from './projection.ts';
export { toldUpTo, type PublishedPorts } from './published.ts';
export { replay, type Replayed, type ReplayOptions, type ReplayProgress } from './replay.ts';
export { reportedReplay, type ReportingOptions, type ReportingPorts } from './reported-replay.ts';
export { runProjector, type RunnerOptions, type RunnerPorts } from './runner.ts';
export { VIEWS_VERSION, type Row, type TableName } from './schema.ts';
export { followViewsInThread, type FollowedInThread, type FollowInThreadOptions } from './follow-thread.ts';
export { followViews, type FollowedBatch, type FollowedViews, type FollowViewsOptions } from './follow.ts';
export type { ContactPage } from './queries/contacts.ts';
export type { ConversationCounts, ConversationFilter, ConversationOrder } from './queries/conversations.ts';
export type { MessageWindow } from './queries/messages.ts';
export type { Queries, Reading } from './queries/queries.ts';
export { queryableViews, readSqliteViews, sqliteViews, type QueryableViews } from './sqlite-views.ts';
export type { Batch } from './taking.ts';
export { announceTyping, type TypingContext } from './typing.ts';
export {
  adoptViews,
  isOffered,
  offerViews,
  projectorFolder,
  sealViews,
  stateOf,
  unfitness,
  viewFilesIn,
  viewFilesOf,
  type Adoption,
  type Fit,
  type ViewFiles,
  type ViewsState,
} from './view-files.ts';
export { openWorkFolder, type WorkFolder } from './work-folder.ts';
export type { Parked, ReadableViews, ReadViews, Views, Write } from './views.ts';
