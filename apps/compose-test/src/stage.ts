import type { Engine } from './engine.ts';
import type { Hub } from './hub.ts';
import type { RunStep } from './steps.ts';

/** What a stage plays with. */
export type Stage = {
  readonly engine: Engine;
  /** Not up yet; whoever plays the stage removes it. */
  readonly hub: Hub;
  readonly step: RunStep;
  /** Chooses the events of the load. */
  readonly seed: number;
};
