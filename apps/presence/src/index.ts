export { startPresence } from './app.ts';
export { presenceSettings, type PresenceSettings, type Timing } from './settings.ts';
