export {
  BadRequestError,
  CircuitOpenError,
  ClientClosedError,
  ModelNotFoundError,
  OverloadedError,
  ProxyException,
  ShutdownError,
} from './proxy.exception.js';
export { TranslationError, UpstreamError } from './upstream.error.js';
export type { UpstreamTrouble } from './upstream.error.js';
