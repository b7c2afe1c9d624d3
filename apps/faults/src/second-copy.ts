/** What the log looks like when an event is sent again so late that JetStream does not recognise it: it holds it twice. */
import { positionOf, type Position } from '@cablehub/events';
import { connectNats, MESSAGE_ID, rawAppender, readRaw } from '@cablehub/log';

/** Stores what is at a position again, as a second event; its position. Faults: those of the log. */
export const storeAgain = async (natsUrl: string, position: number): Promise<Position> => {
  const link = await connectNats({ url: natsUrl, name: 'cablehub-faults' });
  try {
    for await (const { headers, subject, body } of readRaw(link, positionOf(position - 1))) {
      const { [MESSAGE_ID]: _id, ...others } = headers;
      const [copy] = await rawAppender(link)([{ subject, body, headers: others }]);
      return copy!;
    }
    throw new Error(`there is nothing at position ${position} of the log`);
  } finally {
    await link.close();
  }
};
