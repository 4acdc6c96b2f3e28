import { Injectable } from '@nestjs/common';
import type { ResolvedModel } from '#models';
import { batchLimitIn, isBatchTokenLimit, isContextOverflow, readTokenNumbers } from '#dialects';
import { BadRequestError, UpstreamError } from '#errors';
import { UpstreamClient } from '#upstream';
import type { EmbeddedBatch, Vector } from '#translation';
import { readEmbeddings, TranslationService } from '#translation';
import type { UpstreamResponse } from '#connections';
import { maskFailure, parseJson, readChunks } from '#connections';
import type { RequestContext } from '../edge/request-context.js';
import type { EmbeddingLimits } from './embedding-limits.js';
import { LearnedLimits } from './embedding-limits.js';
import { estimatedTokens, firstTokens, hasMoreWords } from './text-length.js';

/** Inputs of one upstream call: the smallest limit of a known hosted upstream (protocol D47). */
const BATCH_SIZE = 96;

/** Upstream calls at a time for one request. */
const MAX_CONCURRENT_BATCHES = 4;

/** Characters; a shorter text that is still refused as too long is not truncated further. */
const MIN_TRUNCATED_LENGTH = 64;

/** Of a limit in tokens, what a text is cut to: its tokens are an estimate here. */
const MARGIN = 0.9;

/** The least of a limit that a text may count for whose tokens are shorter than estimated. */
const MIN_DENSITY = 0.8;

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

/** Inputs → vectors, in batches, in order. */
@Injectable()
export class Embedder {
  constructor(
    private readonly translation: TranslationService,
    private readonly upstream: UpstreamClient,
    private readonly limits: LearnedLimits,
  ) {}

  /** @throws ProxyException of the first batch that fails */
  async embed(embedding: Embedding): Promise<EmbeddedBatch[]> {
    const { context, model } = embedding;
    const limits = this.limits.of(model, BATCH_SIZE);
    const inputs = withinLimits(embedding, limits);
    const queue = [...toBatches(inputs, limits).entries()];
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
    this.countShortened(embedding, inputs);
    const input = batches.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    if (input > 0) context.record.usage = { input, output: 0 };
    return batches;
  }

  private async post({ model, inputs, context }: Embedding): Promise<EmbeddedBatch> {
    const body = this.translation.embedRequest([...inputs]);
    const { response } = await this.upstream.post('/embeddings', body, model, context);
    return readBatch(response, inputs.length);
  }

  private async embedBatch(embedding: Embedding): Promise<EmbeddedBatch> {
    const { model, inputs, truncate, context } = embedding;
    try {
      return await this.post(embedding);
    } catch (failure) {
      if (!(failure instanceof UpstreamError)) throw failure;
      // Texts about empty inputs are as different as those about limits: without empty inputs only the others are left.
      if (failure.status < 500 && inputs.includes('')) {
        const batch = await this.embedBatch({ ...embedding, inputs: inputs.map((input) => input || BLANK) });
        this.limits.keep(model, context.record, { kind: 'blank-texts' }, failure.message);
        return batch;
      }
      const limit = batchLimitIn(failure.message, inputs.length);
      if (limit !== undefined) {
        this.limits.keep(model, context.record, { kind: 'inputs', max: limit }, failure.message);
        return this.embedParts(embedding, limit);
      }
      const isTooManyTokens = isBatchTokenLimit(failure.message);
      if (isTooManyTokens && inputs.length > 1) {
        const max = Math.floor(inputs.reduce((sum, { length }) => sum + length, 0) / 2);
        this.limits.keep(model, context.record, { kind: 'input-characters', max }, failure.message);
        return this.embedParts(embedding, Math.ceil(inputs.length / 2));
      }
      if (!isTooLong(failure)) throw failure;
      if (!truncate) throw new BadRequestError(INPUT_TOO_LONG);
      // The upstream does not report which of the inputs is too long.
      return inputs.length > 1 ? this.embedParts(embedding, 1) : this.embedShortened(embedding, failure);
    }
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

  private countShortened({ inputs, model, context }: Embedding, sent: readonly string[]): void {
    const lengths = inputs.map((input, at) => input.length - (sent[at] ?? '').length).filter((left) => left > 0);
    if (lengths.length === 0) return;
    const characters = lengths.reduce((sum, length) => sum + length, 0);
    this.limits.countShortened(model, context.record, lengths.length, characters);
  }

  /** One text that is too long: by the numbers of the rejection first, then half of it until it fits. */
  private async embedShortened(embedding: Embedding, rejection: UpstreamError): Promise<EmbeddedBatch> {
    const [input = ''] = embedding.inputs;
    let rejected = input;
    let text = fittingText(input, rejection.message) ?? firstHalf(input);
    for (;;) {
      if (rejected.length <= MIN_TRUNCATED_LENGTH)
        throw new BadRequestError('input exceeds maximum context length and cannot be truncated further');
      try {
        const batch = await this.post({ ...embedding, inputs: [text] });
        this.keepLength(embedding, text, rejection.message);
        this.countShortened(embedding, [text]);
        return batch;
      } catch (failure) {
        if (!(failure instanceof UpstreamError) || !isTooLong(failure)) throw failure;
        rejected = text;
        text = firstHalf(text);
      }
    }
  }

  /** Keeps the limit that a rejection names. Nothing else of it holds for other texts: their tokens may be longer. */
  private keepLength({ model, context }: Embedding, accepted: string, words: string): void {
    const max = limitIn(words);
    // An accepted text that is longer disproves the number.
    if (max === undefined || hasMoreWords(accepted, max)) return;
    this.limits.keep(model, context.record, { kind: 'text-tokens', max }, words);
  }
}

/** The inputs without what the upstream is known to reject. */
function withinLimits({ inputs, truncate }: Embedding, limits: EmbeddingLimits): readonly string[] {
  const { tokens, areBlankTextsNeeded } = limits;
  const most = truncate ? tokens : Number.POSITIVE_INFINITY;
  if (!areBlankTextsNeeded && most === Number.POSITIVE_INFINITY) return inputs;
  return inputs.map((input) => {
    if (input === '') return areBlankTextsNeeded ? BLANK : input;
    // A word has at least one token: such a text cannot fit.
    return hasMoreWords(input, most) ? firstTokens(input, Math.max(Math.floor(most * MARGIN), 1)) : input;
  });
}

/** Consecutive batches within the limits; a longer text is a batch of its own. */
function toBatches(texts: readonly string[], limits: EmbeddingLimits): string[][] {
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

function isTooLong({ message }: UpstreamError): boolean {
  return isBatchTokenLimit(message) || isContextOverflow(message);
}

/** The most tokens of a text, if the rejection names a number. */
function limitIn(words: string): number | undefined {
  const { context, maxOutput } = readTokenNumbers(words);
  // There is no output: a limit without a name is the text's.
  return context ?? maxOutput;
}

/** The beginning of a text that fits by the numbers of its rejection; undefined where they do not make it shorter. */
function fittingText(text: string, words: string): string | undefined {
  const limit = limitIn(words);
  if (limit === undefined) return undefined;
  const { prompt } = readTokenNumbers(words);
  const density = prompt === undefined ? MARGIN : estimatedTokens(text) / prompt;
  const longest = limit * Math.min(Math.max(density, MIN_DENSITY), 1);
  const fitting = firstTokens(text, Math.max(Math.floor(longest * MARGIN), 1));
  return fitting.length < text.length * MARGIN ? fitting : undefined;
}
