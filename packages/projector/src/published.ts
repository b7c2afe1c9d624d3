/** How far the world has been told: by the deliveries that are stored, and by what is remembered when they have aged away. */
import { positionOf, type Position } from '@cablehub/events';
import type { Checkpoints, Deliveries, Published } from '@cablehub/log';

export type PublishedPorts = {
  readonly deliveries: Pick<Deliveries, 'lastPublished'>;
  readonly checkpoints: Pick<Checkpoints, 'get'>;
};

export const publishedSoFar = async ({ deliveries, checkpoints }: PublishedPorts): Promise<Published> => {
  const stored = await deliveries.lastPublished();
  const remembered = await checkpoints.get();
  return remembered >= stored.position ? { position: remembered, lanes: new Set() } : stored;
};

/**
 * The position up to which everything has been told, all lanes included. Views that come from elsewhere than the projector's
 * own work (a replay, a snapshot) must not be further: what lies between would never be told.
 */
export const toldUpTo = async (ports: PublishedPorts): Promise<Position> => {
  const { position, lanes } = await publishedSoFar(ports);
  return lanes.size === 0 ? position : positionOf(position - 1);
};
