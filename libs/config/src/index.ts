export { ConfigurationError, Environment, LOG_LEVELS, readEnvironment } from './environment.js';
export type { LogLevel } from './environment.js';
export type { ModelRule, RoutingTable, TlsSettings, UpstreamSettings } from './routing.js';
export { loadSettings, readSettings } from './settings.js';
export type { LogSettings, ServerSettings, Settings } from './settings.js';
export { declaredVariables } from './variable.decorator.js';
export type { VariableInfo } from './variable.decorator.js';
export { readSimulatorConfig } from './simulator.config.js';
