export type { ApiKey } from './api-keys.js';
export { readApiKeys } from './api-keys.js';
export { ConfigurationError, Environment, readEnvironment } from './environment.js';
export { packageVersion } from './package-version.js';
export { readRouting } from './read-routing.js';
export { ReloadedFile } from './reloaded-file.js';
export { DIALECT_NAMES } from './routing.js';
export type { ModelRule, RoutingTable, UpstreamSettings } from './routing.js';
export { loadSettings, readSettings } from './settings.js';
export type {
  BuildSettings,
  LimitSettings,
  LogSettings,
  ServerSettings,
  Settings,
  TracingSettings,
} from './settings.js';
export { readKeyPair } from './server-tls.js';
export type { ServerTls } from './server-tls.js';
export { declaredVariables } from './variable.decorator.js';
export { readSimulatorConfig } from './simulator.config.js';
