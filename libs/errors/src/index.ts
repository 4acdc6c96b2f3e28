export {
  BadRequestError,
  CircuitOpenError,
  ClientClosedError,
  ContextLengthError,
  LoopError,
  ModelNotFoundError,
  OverloadedError,
  PreviousResponseError,
  ProxyException,
  RateLimitError,
  ShutdownError,
  UnauthorizedError,
  UnsupportedError,
} from './proxy.exception.js';
export { TranslationError, UpstreamError } from './upstream.error.js';
export type { UpstreamFailureKind } from './upstream.error.js';
