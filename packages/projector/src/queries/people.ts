/** Users, agents, inboxes, teams, and the ids that are taken. */
import { asc, eq, sql } from 'drizzle-orm';
import { tables, type TableName } from '../schema.ts';
import { all, lazily, LIST_LIMIT, ofAccount, placeholder, type Drizzle } from './statements.ts';

/** A person is in no more accounts than this, for all that is asked here. */
const ACCOUNTS_LIMIT = 100;

export const peopleQueries = (drizzle: Drizzle) => {
  const { agents, inboxes, teams, users } = tables;
  const names = Object.keys(tables) as TableName[];
  const statements = {
    byAccessToken: drizzle
      .select()
      .from(users)
      .where(eq(users.accessTokenHash, placeholder('hash')))
      .orderBy(asc(users.accountId))
      .limit(ACCOUNTS_LIMIT)
      .prepare(),
    withId: drizzle
      .select()
      .from(users)
      .where(eq(users.id, placeholder('id')))
      .orderBy(asc(users.accountId))
      .limit(ACCOUNTS_LIMIT)
      .prepare(),
    userByEmail: drizzle
      .select()
      .from(users)
      .where(all(ofAccount('users'), sql`lower(${users.email}) = lower(${placeholder('email')})`))
      .orderBy(asc(users.id))
      .limit(1)
      .prepare(),
    agents: drizzle
      .select()
      .from(agents)
      .where(ofAccount('agents'))
      .orderBy(asc(agents.id))
      .limit(LIST_LIMIT)
      .prepare(),
    byIdentifier: drizzle
      .select()
      .from(inboxes)
      .where(eq(inboxes.identifier, placeholder('identifier')))
      .orderBy(asc(inboxes.accountId), asc(inboxes.id))
      .limit(1)
      .prepare(),
    inboxes: drizzle
      .select()
      .from(inboxes)
      .where(ofAccount('inboxes'))
      .orderBy(asc(inboxes.id))
      .limit(LIST_LIMIT)
      .prepare(),
    teams: drizzle.select().from(teams).where(ofAccount('teams')).orderBy(asc(teams.id)).limit(LIST_LIMIT).prepare(),
  };
  const highest = lazily((name: TableName) =>
    drizzle
      .select({ id: sql<number | null>`max(${tables[name].id})` })
      .from(tables[name])
      .where(ofAccount(name))
      .prepare(),
  );
  const highestAccounts = names.map((name) =>
    drizzle
      .select({ id: sql<number | null>`max(${tables[name].accountId})` })
      .from(tables[name])
      .prepare(),
  );
  return {
    /** Of all kinds, to look at their plans. */
    statements: () => [...Object.values(statements), ...names.map(highest), ...highestAccounts],
    answers: {
      usersByAccessToken: (hash: string) => statements.byAccessToken.all({ hash }),
      usersWithId: (id: number) => statements.withId.all({ id }),
      userByEmail: (accountId: number, email: string) => statements.userByEmail.get({ accountId, email }) ?? null,
      agentsOf: (accountId: number) => statements.agents.all({ accountId }),
      inboxByIdentifier: (identifier: string) => statements.byIdentifier.get({ identifier }) ?? null,
      allInboxesOf: (accountId: number) => statements.inboxes.all({ accountId }),
      teamsOf: (accountId: number) => statements.teams.all({ accountId }),
      highestId: (table: TableName, accountId: number) => highest(table).get({ accountId })?.id ?? 0,
      highestAccountId: () => Math.max(...highestAccounts.map((statement) => statement.get()?.id ?? 0)),
    },
  };
};
