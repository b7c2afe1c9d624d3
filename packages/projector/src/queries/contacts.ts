/** Contacts and their sessions. */
import { asc, desc, eq, or, sql } from 'drizzle-orm';
import { tables } from '../schema.ts';
import { all, COUNT_LIMIT, ofAccount, placeholder, type Drizzle } from './statements.ts';

export type ContactPage = {
  readonly limit: number;
  /** How many are left out before. Default 0. */
  readonly offset?: number;
  /** Contacts whose name, e-mail address, phone number or identifier has this in it, in any case. */
  readonly search?: string;
};

export const contactQueries = (drizzle: Drizzle) => {
  const { contacts, contactInboxes } = tables;
  const first = (condition: ReturnType<typeof sql>) =>
    drizzle
      .select()
      .from(contacts)
      .where(all(ofAccount('contacts'), condition))
      .orderBy(asc(contacts.id))
      .limit(1)
      .prepare();
  const found = all(
    ofAccount('contacts'),
    or(
      ...[contacts.name, contacts.email, contacts.phoneNumber, contacts.identifier].map(
        (column) => sql`${column} LIKE ${placeholder('pattern')} ESCAPE '\\'`,
      ),
    )!,
  );
  const page = (condition: ReturnType<typeof sql>) =>
    drizzle
      .select()
      .from(contacts)
      .where(condition)
      .orderBy(desc(contacts.id))
      .limit(placeholder('limit'))
      .offset(placeholder('offset'))
      .prepare();
  const count = (condition: ReturnType<typeof sql>) => {
    const some = drizzle.select({ id: contacts.id }).from(contacts).where(condition).limit(COUNT_LIMIT).as('some');
    return drizzle
      .select({ count: sql<number>`count(*)` })
      .from(some)
      .prepare();
  };
  const statements = {
    byIdentifier: first(eq(contacts.identifier, placeholder('value'))),
    byEmail: first(sql`lower(${contacts.email}) = lower(${placeholder('value')})`),
    byPhone: first(eq(contacts.phoneNumber, placeholder('value'))),
    bySource: drizzle
      .select()
      .from(contactInboxes)
      .where(
        all(
          ofAccount('contactInboxes'),
          eq(contactInboxes.inboxId, placeholder('inbox')),
          eq(contactInboxes.sourceId, placeholder('source')),
        ),
      )
      .orderBy(asc(contactInboxes.id))
      .limit(1)
      .prepare(),
    page: page(ofAccount('contacts')),
    search: page(found),
    count: count(ofAccount('contacts')),
    searchCount: count(found),
  };
  return {
    /** Of all kinds, to look at their plans. */
    statements: () => Object.values(statements),
    answers: {
      contactByIdentifier: (accountId: number, value: string) =>
        statements.byIdentifier.get({ accountId, value }) ?? null,
      contactByEmail: (accountId: number, value: string) => statements.byEmail.get({ accountId, value }) ?? null,
      contactByPhone: (accountId: number, value: string) => statements.byPhone.get({ accountId, value }) ?? null,
      sessionBySource: (accountId: number, inbox: number, source: string) =>
        statements.bySource.get({ accountId, inbox, source }) ?? null,
      contacts: (accountId: number, { limit, offset = 0, search }: ContactPage) =>
        search === undefined
          ? statements.page.all({ accountId, limit, offset })
          : statements.search.all({ accountId, limit, offset, pattern: patternOf(search) }),
      contactCount: (accountId: number, search?: string) =>
        (search === undefined
          ? statements.count.get({ accountId })
          : statements.searchCount.get({ accountId, pattern: patternOf(search) })
        )?.count ?? 0,
    },
  };
};

const patternOf = (search: string): string => `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
