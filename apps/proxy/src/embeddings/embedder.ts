import { Injectable } from '@nestjs/common';
import type { ResolvedModel } from '#models';
import { isContextOverflow } from '#dialects';
import { BadRequestError, UpstreamError } from '#errors';
import { UpstreamClient } from '#upstream';
import type { EmbeddedBatch, Vector } from '#translation';
import { readEmbeddings, TranslationService } from '#translation';
import { parseJson, readParts } from '#connections';
import type { RequestContext } from '../edge/request-context.js';

/** Inputs of one call: the least that a known hosted backend takes (dialects §7.6), and few enough to fail early. */
const BATCH_SIZE = 96;

/** Calls at a time for one client. */
const CONCURRENCY = 4;

/** A shorter text is not what is too long. */
const MIN_TRUNCATED = 64;

/** Inputs → vectors, in batches, in order; texts that are too long are shortened if the client allows it. */
@Injectable()
export class Embedder {
  constructor(
    private readonly translation: TranslationService,
    private readonly upstream: UpstreamClient,
  ) {}

  /** @throws ProxyException of the first batch that fails */
  async embed(
    model: ResolvedModel,
    inputs: readonly string[],
    truncate: boolean,
    call: RequestContext,
  ): Promise<EmbeddedBatch[]> {
    const starts = Array.from({ length: Math.ceil(inputs.length / BATCH_SIZE) }, (_, index) => index * BATCH_SIZE);
    const batches: EmbeddedBatch[] = [];
    const work = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const batch = inputs.slice(start, start + BATCH_SIZE);
        batches[start / BATCH_SIZE] = await this.embedBatch(model, batch, truncate, call);
      }
    };
    try {
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
    } finally {
      starts.length = 0;
    }
    const input = batches.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    if (input > 0) call.record.usage = { input, output: 0 };
    return batches;
  }

  private async embedBatch(
    model: ResolvedModel,
    inputs: string[],
    truncate: boolean,
    call: RequestContext,
  ): Promise<EmbeddedBatch> {
    try {
      const body = this.translation.embedRequest(inputs);
      const { response } = await this.upstream.post('/embeddings', body, model, call);
      return readEmbeddings(await readParts(response), inputs.length, parseJson);
    } catch (failure) {
      if (!(failure instanceof UpstreamError) || !isContextOverflow(failure.message)) throw failure;
      if (!truncate) throw new BadRequestError('the input length exceeds the context length');
      return inputs.length > 1
        ? this.embedSingly(model, inputs, call)
        : this.embedShortened(model, inputs[0] ?? '', call);
    }
  }

  /** One of them is too long, and the backend does not say which. */
  private async embedSingly(
    model: ResolvedModel,
    inputs: readonly string[],
    call: RequestContext,
  ): Promise<EmbeddedBatch> {
    const vectors: Vector[] = [];
    let promptTokens = 0;
    for (const input of inputs) {
      const single = await this.embedBatch(model, [input], true, call);
      vectors.push(...single.vectors);
      promptTokens += single.promptTokens;
    }
    return { vectors, promptTokens };
  }

  private async embedShortened(model: ResolvedModel, input: string, call: RequestContext): Promise<EmbeddedBatch> {
    if (input.length <= MIN_TRUNCATED) {
      throw new BadRequestError('input exceeds maximum context length and cannot be truncated further');
    }
    return this.embedBatch(model, [input.slice(0, input.length / 2)], true, call);
  }
}
