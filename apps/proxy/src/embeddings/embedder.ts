import { Injectable } from '@nestjs/common';
import type { ResolvedModel } from '#models';
import { isContextOverflow } from '#dialects';
import { BadRequestError, UpstreamError } from '#errors';
import { UpstreamClient } from '#upstream';
import type { EmbeddedBatch, Vector } from '#translation';
import { readEmbeddings, TranslationService } from '#translation';
import { parseJson, readChunks } from '#connections';
import type { RequestContext } from '../edge/request-context.js';

/** Inputs of one upstream call: the smallest limit of a known hosted upstream (protocol D47). */
const BATCH_SIZE = 96;

/** Upstream calls at a time for one request. */
const MAX_CONCURRENT_BATCHES = 4;

/** Characters; a shorter text that is still refused as too long is not truncated further. */
const MIN_TRUNCATED_LENGTH = 64;

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
  ) {}

  /** @throws ProxyException of the first batch that fails */
  async embed(embedding: Embedding): Promise<EmbeddedBatch[]> {
    const { inputs, context } = embedding;
    const starts = Array.from({ length: Math.ceil(inputs.length / BATCH_SIZE) }, (_, index) => index * BATCH_SIZE);
    const batches: EmbeddedBatch[] = [];
    const work = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const batch = inputs.slice(start, start + BATCH_SIZE);
        batches[start / BATCH_SIZE] = await this.embedBatch({ ...embedding, inputs: batch });
      }
    };
    try {
      await Promise.all(Array.from({ length: MAX_CONCURRENT_BATCHES }, work));
    } finally {
      // After a failure the other workers start no further batch.
      starts.length = 0;
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
      return readEmbeddings(await readChunks(response), inputs.length, parseJson);
    } catch (failure) {
      if (!(failure instanceof UpstreamError) || !isContextOverflow(failure.message)) throw failure;
      if (!truncate) throw new BadRequestError('the input length exceeds the context length');
      return inputs.length > 1 ? this.embedSingly(embedding) : this.embedShortened(embedding);
    }
  }

  /** The upstream does not report which of the inputs is too long. */
  private async embedSingly({ inputs, ...rest }: Embedding): Promise<EmbeddedBatch> {
    const vectors: Vector[] = [];
    let promptTokens = 0;
    for (const input of inputs) {
      const single = await this.embedBatch({ ...rest, inputs: [input] });
      vectors.push(...single.vectors);
      promptTokens += single.promptTokens;
    }
    return { vectors, promptTokens };
  }

  private async embedShortened({ inputs: [input = ''], ...rest }: Embedding): Promise<EmbeddedBatch> {
    if (input.length <= MIN_TRUNCATED_LENGTH) {
      throw new BadRequestError('input exceeds maximum context length and cannot be truncated further');
    }
    return this.embedBatch({ ...rest, inputs: [input.slice(0, input.length / 2)] });
  }
}
