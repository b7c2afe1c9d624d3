/** Which peers can be measured here; those that are missing are installed. */
import type { Stage } from '../scenario.ts';
import { ACTION_CABLE_PACKAGES, startActionCable } from './action-cable.ts';
import { anyCableAtHand } from './anycable.ts';
import { installFromDebian } from './debian.ts';
import { startSocketIo, startWs } from './node-peers.ts';
import { installFromNpm } from './npm.ts';
import type { PeerAtHand, StartPeer } from './peer.ts';

export const peersAtHand = async (stage: Pick<Stage, 'say' | 'folder'>): Promise<readonly PeerAtHand[]> => {
  const { say } = stage;
  const npm = installFromNpm(say);
  // Its clients come from npm, whatever the server comes from.
  const debian = npm ?? installFromDebian(ACTION_CABLE_PACKAGES, say);
  const anyCable = npm ?? (await anyCableAtHand(stage));
  return [
    peer('Action Cable', startActionCable, debian),
    typeof anyCable === 'string' ? { name: 'AnyCable', absent: anyCable } : { name: 'AnyCable', start: anyCable },
    peer('ws', startWs, npm),
    peer('Socket.IO', startSocketIo, npm),
  ];
};

const peer = (name: string, start: StartPeer, absent: string | null): PeerAtHand =>
  absent === null ? { name, start } : { name, absent };
