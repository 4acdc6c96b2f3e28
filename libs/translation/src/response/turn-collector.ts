import type { OpenAiDelta, TurnParts } from '#contracts';
import { isRecord } from '#primitives';

/** More is not kept: it would take the memory of many other turns. */
const MAX_REASONING_LENGTH = 256 * 1024;

/** Fields of a detail that come in pieces. */
const TEXT_FIELDS = ['text', 'summary', 'data'];

/** Collects the parts of an answer that its upstream may demand back (protocol D70). */
export class TurnCollector {
  private reasoning = '';
  private details: Record<string, unknown>[] = [];
  private items: unknown[] = [];

  /** @param reasoning the reasoning that was read from the delta */
  add(delta: OpenAiDelta, reasoning: string): void {
    if (reasoning !== '' && this.reasoning.length < MAX_REASONING_LENGTH) this.reasoning += reasoning;
    if (Array.isArray(delta.reasoning_details)) {
      for (const detail of delta.reasoning_details) if (isRecord(detail)) this.addDetail(detail);
    }
    if (Array.isArray(delta.responses_items)) this.items.push(...(delta.responses_items as unknown[]));
  }

  /** Undefined if the answer has no such part. */
  finish(extraContents: readonly unknown[]): TurnParts | undefined {
    const { reasoning, details, items } = this;
    const hasExtra = extraContents.some((each) => each !== null);
    if (reasoning === '' && details.length === 0 && items.length === 0 && !hasExtra) return undefined;
    return {
      ...(reasoning !== '' && { reasoning }),
      ...(details.length > 0 && { reasoningDetails: details }),
      ...(items.length > 0 && { responsesItems: items }),
      ...(hasExtra && { extraContents }),
    };
  }

  private addDetail(detail: Record<string, unknown>): void {
    const last = this.details.at(-1);
    if (!last || !continues(last, detail)) {
      this.details.push({ ...detail });
      return;
    }
    for (const [field, value] of Object.entries(detail)) {
      if (value === null || value === undefined) continue;
      const before = last[field];
      const isPiece = TEXT_FIELDS.includes(field) && typeof before === 'string' && typeof value === 'string';
      last[field] = isPiece ? before + value : value;
    }
  }
}

/** Pieces of one detail follow each other and have its type, index and id. */
function continues(last: Record<string, unknown>, { type, index, id }: Record<string, unknown>): boolean {
  const isOther = typeof id === 'string' && typeof last.id === 'string' && id !== last.id;
  return typeof index === 'number' && last.index === index && last.type === type && !isOther;
}
