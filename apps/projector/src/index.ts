export { ROLE as projectorRole, startProjector } from './projector.ts';
export { projectorSettings, type ProjectorSettings } from './settings.ts';
