export { post, startAppender, type Appender, type AppenderOptions } from './appender.ts';
export { createBook, type Book } from './book.ts';
export { startClient, type ClientPlan, type RunningClient } from './clients.ts';
export { beginnings, persons, type Person } from './domain.ts';
export { violationsOf } from './ledger.ts';
export { seeded } from './random.ts';
export { isKept, reportOf, type Findings, type Injected } from './report.ts';
export { plansOf, quiet } from './run.ts';
