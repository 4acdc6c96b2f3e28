import type { AnswerPart } from '#contracts';
import { TranslationError } from '#errors';
import type { EncoderOptions, ResponseEnd } from './response-encoder.js';
import { ResponseEncoder } from './response-encoder.js';
import type { Item } from './responses-request.js';
import { itemIdOf, toListedItems } from './stored-items.js';

export interface CompactionOptions extends EncoderOptions {
  /** Set for POST /v1/responses/compact, whose reply repeats the messages of the user; else the reply is a response. */
  readonly input?: readonly Item[];
}

/** The summary of a conversation as one `compaction` item, which the client returns in place of what it summarizes. */
export class CompactionEncoder {
  private readonly encoder: ResponseEncoder;
  private summary = '';

  constructor(private readonly options: CompactionOptions) {
    this.encoder = new ResponseEncoder(options);
  }

  get final(): ResponseEncoder['final'] {
    return this.options.input ? undefined : this.encoder.final;
  }

  start(): string {
    return this.encoder.start();
  }

  parts(parts: readonly AnswerPart[]): string {
    this.collect(parts);
    return this.start();
  }

  /** @throws TranslationError if the upstream wrote no summary */
  end(end: ResponseEnd): string {
    return this.encoder.endWith(this.item(), end);
  }

  /** @throws TranslationError if the upstream wrote no summary */
  whole(parts: readonly AnswerPart[], end: ResponseEnd): object {
    this.collect(parts);
    const { input, id } = this.options;
    if (!input) return this.encoder.wholeWith([this.item()], end);
    const messages = toListedItems(input, id).filter(({ type, role }) => type === 'message' && role === 'user');
    const { created_at, output, usage } = this.encoder.wholeWith([...messages, this.item()], end);
    return { id, object: 'response.compaction', created_at, output, usage };
  }

  fail(failure: Parameters<ResponseEncoder['fail']>[0]): string {
    return this.encoder.fail(failure);
  }

  private collect(parts: readonly AnswerPart[]): void {
    for (const { kind, text } of parts) if (kind === 'content') this.summary += text;
  }

  private item(): Item {
    if (this.summary.trim() === '') throw new TranslationError('upstream error: empty answer');
    const { id, seal } = this.options;
    return { id: itemIdOf('cmp', id, 0), type: 'compaction', encrypted_content: seal(this.summary) };
  }
}
