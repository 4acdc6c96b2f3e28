import { createHash } from 'node:crypto';
import type { OpenAiMessage } from '#contracts';

/** 96 bits: no two origins of one proxy are alike. */
const MARK_LENGTH = 16;

/** What clients see of the upstream and model that made something. */
export function markOf(origin: string): string {
  return createHash('sha256').update(origin).digest('base64url').slice(0, MARK_LENGTH);
}

/**
 * The messages with the encrypted reasoning that their client returned as items for the upstream and model that made it;
 * others cannot read it. The same list if there is none.
 */
export function openSealed(messages: readonly OpenAiMessage[], origin: string): readonly OpenAiMessage[] {
  if (!messages.some(({ sealed_reasoning: sealed }) => sealed)) return messages;
  const mark = markOf(origin);
  return messages.map(({ sealed_reasoning: sealed, ...message }) => {
    const own = sealed?.filter((each) => each.origin === mark) ?? [];
    return own.length > 0 ? { ...message, responses_items: own.map(toItem) } : message;
  });
}

/** Nothing of the item but these fields is the client's to write. */
function toItem({ summary, content }: NonNullable<OpenAiMessage['sealed_reasoning']>[number]): object {
  return {
    type: 'reasoning',
    summary: summary === '' ? [] : [{ type: 'summary_text', text: summary }],
    encrypted_content: content,
  };
}
