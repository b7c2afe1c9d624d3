/** Who may hear what after an import: the tokens that the imported log adds up to. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { positionOf } from '@cablehub/events';
import {
  agentTokenKey,
  contactTokenKey,
  jetStreamLog,
  jetStreamTokens,
  type LogEntry,
  type NatsLink,
  type Tokens,
} from '@cablehub/log';
import { project, sqliteViews, type Consequences, type Views } from '@cablehub/projector';
import { progress } from './output.ts';

type GrantChange = Consequences['grants'][number];

const BATCH = 1_000;

/**
 * Folds the whole log into views of its own and writes the tokens, as a projector does that tells what it folds. One that
 * is told nothing, because its checkpoint lies at the end, folds in silence and writes none.
 */
export const writeTokens = async (link: NatsLink, dataDir: string, events: number): Promise<void> => {
  const folder = join(dataDir, 'import');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  remove(); // of an import that was killed
  const views = sqliteViews(join(folder, 'views.sqlite'));
  const tokens = await jetStreamTokens(link);
  const bar = progress('tokens', events);
  try {
    for await (const entries of batches(jetStreamLog(link).read())) {
      await writeChanges(tokens, folded(views, entries));
      bar.advance(entries.length);
    }
  } finally {
    bar.end();
    views.close();
    remove();
  }
};

const folded = (views: Views, entries: readonly LogEntry[]): readonly GrantChange[] => {
  views.begin();
  const changes = entries.flatMap((entry) => project(views, entry, { contactTokens: 'hidden' }).grants);
  views.commit(entries.at(-1)?.position ?? positionOf(0));
  return changes;
};

/** All at once: of several changes of one token only the last counts. */
const writeChanges = async (tokens: Tokens, changes: readonly GrantChange[]): Promise<void> => {
  const last = new Map(changes.map((change) => [keyOf(change), change]));
  await Promise.all(
    [...last].map(([key, change]) => (change.kind === 'granted' ? tokens.put(key, change.grant) : tokens.delete(key))),
  );
};

const keyOf = ({ token, grant }: GrantChange): string =>
  grant.kind === 'agent' ? agentTokenKey(token, grant.accountId) : contactTokenKey(token);

async function* batches(entries: AsyncIterable<LogEntry>): AsyncGenerator<readonly LogEntry[]> {
  let batch: LogEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
