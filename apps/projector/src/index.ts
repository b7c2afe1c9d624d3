export { startProjector } from './projector.ts';
export { projectorSettings, type ProjectorSettings } from './settings.ts';
