export { BadRequestError, ClientClosedError, ModelNotFoundError, ProxyException } from './proxy.exception.js';
export { TranslationError, UpstreamError } from './upstream.error.js';
