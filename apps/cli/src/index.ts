export { startHub, hubSettings, type Hub, type HubSettings } from './up.ts';
