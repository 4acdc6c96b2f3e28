import type { ApiKey } from '#config';
import type { ExtractedBase64 } from '#json-bytes';
import type { Reservation } from '#limits';
import type { RequestRecord } from '#observability';
import type { Lifecycle } from '../lifecycle/lifecycle.js';
import type { RouteInfo } from '../routes/route-table.js';
import type { RequestContext } from './request-context.js';

/** Tokens reserved for a request, to be corrected when it is over. */
export interface TokenReservation {
  readonly reservation: Reservation;
  /** Of the request, for an upstream that does not count. */
  readonly promptEstimate: number;
}

/** Everything this application adds to Express's request. Each field has one writer, which is named here. */
declare module 'express-serve-static-core' {
  interface Request {
    /** `Via` for the upstream, if proxies of this kind came before (refuse-loop.ts). */
    via?: string;
    /** Set first, for every request (begin-request.ts). */
    record: RequestRecord;
    /** The target was neither a path nor an HTTP URL; `url` is `/` then (server/listen.ts). */
    hasInvalidTarget?: boolean;
    /** What is known from its method and path; set for every request (begin-request.ts). */
    routeInfo: RouteInfo;
    /** Set for every request (begin-request.ts). */
    lifecycle: Lifecycle;
    /** The API key it came with, where keys are configured (check-api-key.ts). */
    apiKey?: ApiKey;
    /** Whether there are other API keys (check-api-key.ts). */
    hasOtherCallers?: boolean;
    /** `socket.bytesWritten` before its response: a connection carries several (begin-request.ts). */
    sentBefore: number;
    /** Bytes of its body in the memory budget (read-body.ts). */
    heldBytes: number;
    /**
     * The body as text; absent for methods without one, for bodies that are streamed through (read-body.ts), and once
     * the handler has it (request-context.ts).
     */
    bodyText?: string | undefined;
    /** The base64 that was taken out of `bodyText` (read-body.ts). */
    extractedBase64?: ExtractedBase64;
    /** Absent where no limit applies, and once it is settled (rate-limit.guard.ts). */
    tokenReservation?: TokenReservation;
    /** Set when a handler needs it (request-context.ts). */
    context?: RequestContext;
  }
}
