import { Injectable } from '@nestjs/common';
import { scopeOf } from '#connections';
import type { StoredResponse } from '#continuity';
import { StoredResponses } from '#continuity';
import { PreviousResponseError, UnsupportedError } from '#errors';
import type { Item, ItemPage, ResponsesRequest } from '#responses';
import { historyOf, referencedResponses, toItemList, toListedItems, withoutReferences } from '#responses';
import type { RequestContext } from '../edge/request-context.js';

/** Length of the conversation as JSON. A longer one is not stored: Redis could not take it within the bound of its delay. */
const MAX_STORED_LENGTH = 2 * 1024 * 1024;

/** Responses of `/v1/responses` that were translated here, for the caller that got them. */
@Injectable()
export class ConversationState {
  constructor(private readonly stored: StoredResponses) {}

  /**
   * The request with all items of its conversation in place of `previous_response_id` and of references to items. References
   * to items that are not stored are left out: clients send them for what is not needed as well (protocol C40).
   * @throws PreviousResponseError if the response that it continues is not stored
   */
  async complete(request: ResponsesRequest, context: RequestContext): Promise<ResponsesRequest> {
    const { previousResponseId: previous, input } = request;
    const referenced = referencedResponses(input);
    if (previous === undefined && referenced.length === 0) return { ...request, input: withoutReferences(input, []) };
    const ids = previous === undefined ? referenced : [previous, ...referenced];
    const found = await this.stored.find(scopeOf(context), ids);
    const [first] = found;
    if (previous !== undefined && !first) throw this.notStored(previous);
    const history = previous !== undefined && first ? itemsOf(first) : [];
    const known = found.flatMap((each) => (each ? itemsOf(each) : []));
    return { ...request, input: [...history, ...withoutReferences(input, known)] };
  }

  /** Whether the response to a request with a conversation of this length will be stored. */
  willStore({ wantsStore }: ResponsesRequest, context: RequestContext, length: number): boolean {
    const isPossible = this.stored.isEnabled && scopeOf(context) !== undefined;
    return wantsStore && isPossible && length <= MAX_STORED_LENGTH;
  }

  /** Never rejects. The response is found when the promise resolves. */
  keep(id: string, response: Item, { input }: ResponsesRequest, context: RequestContext): Promise<void> {
    return this.stored.keep(scopeOf(context), id, { response, input: toListedItems(input, id) });
  }

  /** The stored response; undefined if it is none of this caller. */
  async find(id: string, context: RequestContext): Promise<Item | undefined> {
    const [stored] = await this.stored.find(scopeOf(context), [id]);
    return stored?.response;
  }

  /** One page of the items that led to a response; undefined if it is none of this caller. */
  async inputItems(id: string, page: ItemPage, context: RequestContext): Promise<object | undefined> {
    const [stored] = await this.stored.find(scopeOf(context), [id]);
    return stored && toItemList(stored.input, page);
  }

  /** The reply to a deletion; undefined if the response is none of this caller. */
  async delete(id: string, context: RequestContext): Promise<object | undefined> {
    const scope = scopeOf(context);
    const [stored] = await this.stored.find(scope, [id]);
    if (!stored) return undefined;
    await this.stored.delete(scope, id);
    return { id, object: 'response', deleted: true };
  }

  notStored(id: string): UnsupportedError {
    if (this.stored.isEnabled) return new PreviousResponseError(`Previous response with id '${id}' not found.`);
    return new PreviousResponseError(
      `Previous response with id '${id}' not found: this server stores no responses, send the whole conversation as input.`,
    );
  }
}

function itemsOf({ input, response }: StoredResponse): Item[] {
  return historyOf(input, response.output);
}
