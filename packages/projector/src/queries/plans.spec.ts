import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { describe, expect, it } from 'vitest';
import { contactQueries } from './contacts.ts';
import { conversationQueries } from './conversations.ts';
import { messageQueries } from './messages.ts';
import { peopleQueries } from './people.ts';

describe('the plan of every query', () => {
  it('goes by an index that begins with the account or a secret, and never through a whole table', () => {
    const sqlite = new Sqlite(':memory:');
    const database = drizzle(sqlite);
    migrate(database, { migrationsFolder: fileURLToPath(new URL('../../migrations', import.meta.url)) });
    const statements = [peopleQueries, contactQueries, conversationQueries, messageQueries].flatMap(
      (queries): readonly { getQuery: () => { sql: string; params: unknown[] } }[] => queries(database).statements(),
    );
    expect(statements.length).toBeGreaterThan(40);
    for (const statement of statements) {
      const { sql, params } = statement.getQuery();
      const plan = sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(params.map(() => null)) as { detail: string }[];
      const steps = plan.map(({ detail }) => detail);
      // The highest account is read from the end of an index; subqueries and json_each are no tables.
      const isHighest = /^select max\("account_id"\)/.test(sql);
      for (const step of steps.filter((detail) => /^(SCAN|SEARCH)/.test(detail) && !isHighest))
        expect(step, sql).toMatch(/^(SCAN (some|wanted|json_each|\(subquery-\d+\))|SEARCH .* USING .*INDEX .*[(=?])/);
      const sorted = steps.filter((detail) => detail.startsWith('USE TEMP B-TREE FOR ORDER BY'));
      expect(/from "(conversations|messages)"/.test(sql) ? sorted : [], sql).toEqual([]);
      expect(sql.includes('limit') || sql.includes('max(') || sql.includes('count('), sql).toBe(true);
      if (isHighest) expect(steps.join(), sql).toMatch(/^SEARCH \w+ USING COVERING INDEX/);
    }
    sqlite.close();
  });
});
