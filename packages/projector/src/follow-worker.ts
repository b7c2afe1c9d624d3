/** The thread of `followViewsInThread`: folds the log into the file, says how far it is, and ends when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectNats, jetStreamLog, jetStreamSnapshots } from '@cablehub/log';
import { followViews } from './follow.ts';
import type { FollowWork, ThreadNews } from './follow-thread.ts';
import { toldFault } from './told-fault.ts';

const { nats, ...work } = workerData as FollowWork;
const port = parentPort!;
const tell = (news: ThreadNews): void => port.postMessage(news);
const ending = new AbortController();
port.once('message', () => ending.abort());

const link = await connectNats(nats);
const views = followViews({
  ...work,
  log: jetStreamLog(link),
  snapshots: await jetStreamSnapshots(link),
  signal: ending.signal,
  onReach: (reached) => tell({ kind: 'reached', reached }),
  onFault: (fault) => tell({ kind: 'fault', fault: toldFault(fault) }),
});
tell({ kind: 'begun' });
await views.ended;
await link.close();
port.close();
