export { startApi, type Beside } from './api.ts';
export { apiSettings, apiTokens, publicUrlOf, type ApiSettings, type ApiToken } from './settings.ts';
