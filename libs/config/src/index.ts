export { ConfigurationError, Environment, LOG_LEVELS, readEnvironment } from './environment.js';
export type { LogLevel } from './environment.js';
export { NO_MAPPING, readModelMapping } from './model-mapping.js';
export type { ModelMapping } from './model-mapping.js';
export { loadSettings, readSettings } from './settings.js';
export type { LogSettings, ServerSettings, Settings, UpstreamSettings } from './settings.js';
export { declaredVariables } from './variable.decorator.js';
export type { VariableInfo } from './variable.decorator.js';
export { readSimulatorConfig } from './simulator.config.js';
