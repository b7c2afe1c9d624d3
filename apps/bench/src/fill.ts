/** Fills a log as fast as the server takes it: core messages whose acknowledgements are counted, as the log would store them. */
import { definitionOf, isEventType, type AccountId, type EventId, type NewEvent } from '@cablehub/events';
import { subjects, type NatsLink } from '@cablehub/log';
import { createInbox } from 'nats';
import { countedAcks, writtenHeaders } from './bare/acks.ts';
import type { Said } from './story.ts';

/** An event of an account; where its data is as the log stores it, it need not be checked again. */
export type Filling = Said & { readonly account: number };

const WINDOW = 1_024;
const TIME = '2026-01-01T00:00:00.000Z';
let last = 0;

/** Appends all in order; resolves when all are acknowledged. */
export const fill = async ({ connection }: NatsLink, events: Iterable<Filling>): Promise<void> => {
  const acks = countedAcks(connection, createInbox('_INBOX_bench'));
  for (const event of events) {
    const { subject, headers, body } = stored(event);
    connection.publish(subject, body, { headers: writtenHeaders(headers), reply: acks.reply });
    acks.sent();
    if (acks.waiting() >= WINDOW) await acks.downTo(WINDOW / 2);
  }
  await acks.downTo(0);
};

const stored = ({ account, type, data }: Filling) => {
  if (!isEventType(type)) throw new TypeError(`there is no event ${type}`);
  const definition = definitionOf(type);
  const said = definition.data.parse(data);
  const { entity } = definition;
  const entityId = definition.entityId(said as NewEvent['data'], account as AccountId);
  return {
    subject: subjects.event(account as AccountId, entity, entityId),
    headers: [
      ['ce-specversion', '1.0'],
      ['ce-id', `bench-${++last}` as EventId],
      ['ce-type', type],
      ['ce-source', '/bench'],
      ['ce-time', TIME],
      ['ce-subject', `${entity}/${entityId}`],
      ['ce-schemaversion', String(definition.version)],
      ['content-type', 'application/json'],
    ] as const,
    body: JSON.stringify(said),
  };
};
