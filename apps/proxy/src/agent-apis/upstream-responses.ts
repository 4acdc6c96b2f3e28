import { Injectable } from '@nestjs/common';
import { scopeOf } from '#connections';
import { ResponseOwners } from '#continuity';
import { UnsupportedError } from '#errors';
import { responseIdOf, upstreamIdsIn } from '#responses';
import type { RequestContext } from '../edge/request-context.js';
import { ConversationState } from './conversation-state.js';
import { ResponseIds } from './response-ids.js';

/** Where something is that a request refers to. */
interface Place {
  /** Name of the upstream that stores it; undefined if the request refers to nothing. */
  readonly upstream?: string | undefined;
  /** It was translated here: so has to be what continues it. */
  readonly isHere: boolean;
}

const HERE: Place = { isHere: true };

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
   * Where a request has to go for what it refers to.
   * @throws UnsupportedError for what is not known as this caller's
   */
  async placeOf(body: Readonly<Record<string, unknown>>, context: RequestContext): Promise<Place> {
    const { response, conversation, items } = upstreamIdsIn(body);
    // Nothing here creates conversations.
    if (conversation !== undefined)
      throw new UnsupportedError(`Conversation with id '${conversation}' not found.`, 404);
    const ids = response === undefined ? items : [response, ...items];
    const upstreams = await this.owners.find(scopeOf(context), ids);
    const unknown = ids[upstreams.indexOf(undefined)];
    if (unknown === undefined) return { upstream: upstreams[0], isHere: false };
    if (unknown === response) {
      if (await this.state.find(response, context)) return HERE;
      throw this.state.notStored(response);
    }
    // Items of responses that were made here need not be stored (protocol C40).
    if (responseIdOf(unknown) !== undefined) return HERE;
    throw new UnsupportedError(`Item with id '${unknown}' not found.`, 404);
  }

  /** Reads the ids in a response of an upstream to this caller. */
  watch(contentType: string, upstream: string, context: RequestContext): ResponseIds {
    return new ResponseIds(contentType, (ids) => this.owners.keep(scopeOf(context), ids, upstream));
  }
}
