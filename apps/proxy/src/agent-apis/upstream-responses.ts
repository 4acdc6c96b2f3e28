import { Injectable } from '@nestjs/common';
import { scopeOf } from '#connections';
import { ResponseOwners } from '#continuity';
import { UnsupportedError } from '#errors';
import { responseIdOf, upstreamIdsIn, withoutItemIds } from '#responses';
import type { RequestContext } from '../edge/request-context.js';
import { ConversationState } from './conversation-state.js';
import { ResponseIds } from './response-ids.js';

/** Where a request has to go for what it refers to. */
interface Place {
  /** Name of the upstream that stores it; undefined if the request refers to nothing. */
  readonly upstream?: string | undefined;
  /** It was translated here: so has to be what continues it. */
  readonly isHere: boolean;
  /** The request for an upstream: of the ids of items, only this caller's are left. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What upstreams with the Responses API store, for the caller that made it: under the account of an upstream the responses
 * of all API keys are those of one client (protocol D86).
 */
@Injectable()
export class UpstreamResponses {
  constructor(
    private readonly owners: ResponseOwners,
    private readonly state: ConversationState,
  ) {}

  /** Whether ids are checked. A single caller without limits may use all of the account. */
  isChecked({ hasOtherCallers, access }: RequestContext): boolean {
    return hasOtherCallers === true || access.isRestricted;
  }

  /** The upstream that has a response of this caller. */
  async find(id: string, context: RequestContext): Promise<string | undefined> {
    const [upstream] = await this.owners.find(scopeOf(context), [id]);
    return upstream;
  }

  /**
   * Where a request has to go for what it refers to. Items that are complete lose ids that are not known as this caller's:
   * clients send items back with the ids that they had, of which nothing may be known after a restart.
   * @throws UnsupportedError for what is not known as this caller's
   */
  async placeOf(body: Readonly<Record<string, unknown>>, context: RequestContext): Promise<Place> {
    const { response, conversation, references, labels } = upstreamIdsIn(body);
    // Nothing here creates conversations.
    if (conversation !== undefined)
      throw new UnsupportedError(`Conversation with id '${conversation}' not found.`, 404);
    const ids = response === undefined ? references : [response, ...references];
    const upstreams = await this.owners.find(scopeOf(context), [...ids, ...labels]);
    const unknown = ids.find((_, index) => upstreams[index] === undefined);
    if (unknown === undefined) {
      const foreign = labels.filter((_, index) => upstreams[ids.length + index] === undefined);
      const upstream = ids.length > 0 ? upstreams[0] : undefined;
      return { isHere: false, upstream, body: withoutItemIds(body, new Set(foreign)) };
    }
    if (unknown === response) {
      if (await this.state.find(response, context)) return { isHere: true, body };
      throw this.state.notStored(response);
    }
    // Items of responses that were made here need not be stored (protocol C40).
    if (responseIdOf(unknown) !== undefined) return { isHere: true, body };
    throw new UnsupportedError(`Item with id '${unknown}' not found.`, 404);
  }

  /** Reads the ids in a response of an upstream to this caller. */
  watch(contentType: string, upstream: string, context: RequestContext): ResponseIds {
    return new ResponseIds(contentType, (ids) => this.owners.keep(scopeOf(context), ids, upstream));
  }
}
