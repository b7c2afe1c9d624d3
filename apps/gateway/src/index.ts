export { startGateway, type Gateway } from './gateway.ts';
export { GatewayFault } from './server.ts';
export { gatewaySettings, type GatewaySettings } from './settings.ts';
