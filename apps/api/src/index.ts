export { startApi, type Beside } from './api.ts';
export { s3PlaceOf } from './attachments/s3/place.ts';
export { apiSettings, apiTokens, publicUrlOf, type ApiSettings, type ApiToken } from './settings.ts';
