export type { ApiKey } from './api-keys.js';
export { readApiKeys } from './api-keys.js';
export { readCommandLine, renderHelp } from './command-line.js';
export { ConfigurationError } from './configuration-error.js';
export { Environment, readEnvironment } from './environment.js';
export type { LogFields } from './environment.js';
export { DIALECT_NAMES } from './model-mapping.js';
export type { ApiName, ModelMapping, ModelRule, TokenPrice, UpstreamSettings } from './model-mapping.js';
export { packageVersion } from './package-version.js';
export { readMapping } from './read-mapping.js';
export { ReloadedFile } from './reloaded-file.js';
export { readKeyPair } from './server-tls.js';
export type { ServerTls } from './server-tls.js';
export { loadSettings, readSettings } from './settings.js';
export type {
  BuildSettings,
  ContinuitySettings,
  KeptLimits,
  LimitSettings,
  LogSettings,
  ModelStoreSettings,
  ServerSettings,
  Settings,
  TracingSettings,
} from './settings.js';
export { readSimulatorConfig } from './simulator.config.js';
export { declaredVariables } from './variable.decorator.js';
