import { Injectable } from '@nestjs/common';
import type { ResolvedModel } from '#models';
import { batchLimitIn, isBatchTokenLimit, isContextOverflow } from '#dialects';
import { BadRequestError, UpstreamError } from '#errors';
import { UpstreamClient } from '#upstream';
import type { EmbeddedBatch, Vector } from '#translation';
import { readEmbeddings, TranslationService } from '#translation';
import type { UpstreamResponse } from '#connections';
import { maskFailure, parseJson, readChunks } from '#connections';
import { BoundedMap } from '#primitives';
import type { RequestContext } from '../edge/request-context.js';

/** Inputs of one upstream call: the smallest limit of a known hosted upstream (protocol D47). */
const BATCH_SIZE = 96;

/** Upstream calls at a time for one request. */
const MAX_CONCURRENT_BATCHES = 4;

/** Characters; a shorter text that is still refused as too long is not truncated further. */
const MIN_TRUNCATED_LENGTH = 64;

/** Upstreams and models whose largest batch is remembered. */
const MAX_REMEMBERED = 1000;

/** Ollama's words for a text that is too long and may not be shortened. */
export const INPUT_TOO_LONG = 'the input length exceeds the context length';

/** Replaces an empty text, which some upstreams reject. */
const BLANK = ' ';

export interface Embedding {
  readonly model: ResolvedModel;
  readonly inputs: readonly string[];
  /** Whether inputs that are too long for the model are shortened; otherwise they fail the request. */
  readonly truncate: boolean;
  readonly context: RequestContext;
}

/** The most that one call may have. Texts are measured in UTF-16 units, since only the upstream counts tokens. */
interface BatchLimits {
  readonly inputs: number;
  readonly characters: number;
}

const DEFAULT_LIMITS: BatchLimits = { inputs: BATCH_SIZE, characters: Number.POSITIVE_INFINITY };

/** Inputs → vectors, in batches, in order. */
@Injectable()
export class Embedder {
  /** By upstreams and model, where the upstream has rejected more. */
  private readonly limits = new BoundedMap<string, BatchLimits>(MAX_REMEMBERED);

  constructor(
    private readonly translation: TranslationService,
    private readonly upstream: UpstreamClient,
  ) {}

  /** @throws ProxyException of the first batch that fails */
  async embed(embedding: Embedding): Promise<EmbeddedBatch[]> {
    const { inputs, context, model } = embedding;
    const queue = [...toBatches(inputs, this.limitsOf(model)).entries()];
    const batches: EmbeddedBatch[] = [];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, batch] = next;
        batches[index] = await this.embedBatch({ ...embedding, inputs: batch });
      }
    };
    try {
      await Promise.all(Array.from({ length: MAX_CONCURRENT_BATCHES }, work));
    } finally {
      // After a failure the other workers start no further batch.
      queue.length = 0;
    }
    const input = batches.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    if (input > 0) context.record.usage = { input, output: 0 };
    return batches;
  }

  private async embedBatch(embedding: Embedding): Promise<EmbeddedBatch> {
    const { model, inputs, truncate, context } = embedding;
    try {
      const body = this.translation.embedRequest([...inputs]);
      const { response } = await this.upstream.post('/embeddings', body, model, context);
      return await readBatch(response, inputs.length);
    } catch (failure) {
      if (!(failure instanceof UpstreamError)) throw failure;
      // Texts about empty inputs are as different as those about limits: without empty inputs only the others are left.
      if (failure.status < 500 && inputs.includes(''))
        return this.embedBatch({ ...embedding, inputs: inputs.map((input) => input || BLANK) });
      const limit = batchLimitIn(failure.message, inputs.length);
      if (limit !== undefined) {
        this.limits.set(keyOf(model), { ...this.limitsOf(model), inputs: limit });
        return this.embedParts(embedding, limit);
      }
      const isTooManyTokens = isBatchTokenLimit(failure.message);
      if (isTooManyTokens && inputs.length > 1) {
        const characters = Math.floor(inputs.reduce((sum, { length }) => sum + length, 0) / 2);
        this.limits.set(keyOf(model), { ...this.limitsOf(model), characters });
        return this.embedParts(embedding, Math.ceil(inputs.length / 2));
      }
      if (!isTooManyTokens && !isContextOverflow(failure.message)) throw failure;
      if (!truncate) throw new BadRequestError(INPUT_TOO_LONG);
      // The upstream does not report which of the inputs is too long.
      return inputs.length > 1 ? this.embedParts(embedding, 1) : this.embedShortened(embedding);
    }
  }

  private limitsOf(model: ResolvedModel): BatchLimits {
    return this.limits.get(keyOf(model)) ?? DEFAULT_LIMITS;
  }

  private async embedParts({ inputs, ...rest }: Embedding, size: number): Promise<EmbeddedBatch> {
    const vectors: Vector[] = [];
    let promptTokens = 0;
    for (let start = 0; start < inputs.length; start += size) {
      const part = await this.embedBatch({ ...rest, inputs: inputs.slice(start, start + size) });
      vectors.push(...part.vectors);
      promptTokens += part.promptTokens;
    }
    return { vectors, promptTokens };
  }

  private async embedShortened({ inputs: [input = ''], ...rest }: Embedding): Promise<EmbeddedBatch> {
    if (input.length <= MIN_TRUNCATED_LENGTH) {
      throw new BadRequestError('input exceeds maximum context length and cannot be truncated further');
    }
    return this.embedBatch({ ...rest, inputs: [firstHalf(input)] });
  }
}

/** Consecutive batches within the limits; a longer text is a batch of its own. */
function toBatches(texts: readonly string[], limits: BatchLimits): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    const isFull = batch.length >= limits.inputs || characters + text.length > limits.characters;
    if (batch.length === 0 || isFull) {
      batch = [];
      characters = 0;
      batches.push(batch);
    }
    batch.push(text);
    characters += text.length;
  }
  return batches;
}

async function readBatch(response: UpstreamResponse, inputs: number): Promise<EmbeddedBatch> {
  try {
    return readEmbeddings(await readChunks(response), inputs, parseJson);
  } catch (failure) {
    maskFailure(failure, response);
    throw failure;
  }
}

/** Never ends inside a surrogate pair. */
function firstHalf(text: string): string {
  const half = Math.floor(text.length / 2);
  const last = text.charCodeAt(half - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? half - 1 : half);
}

function keyOf({ targets }: ResolvedModel): string {
  return targets.map(({ connection, model }) => `${connection.settings.baseUrl} ${model}`).join('\n');
}
