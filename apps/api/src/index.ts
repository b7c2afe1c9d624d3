export { startApi, type Beside } from './api.ts';
export { apiSettings, apiTokens, type ApiSettings, type ApiToken } from './settings.ts';
