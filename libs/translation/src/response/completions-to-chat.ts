import type { OpenAiChoice } from '#contracts';
import { joinBytes } from '#json-bytes';
import { isRecord, parseJson } from '#primitives';
import type { SseEvent } from '#streaming';
import { ResponseDecoder } from '#streaming';
import { toOllamaLogprobs } from './logprobs.js';

type Fields = Record<string, unknown>;

/**
 * The body of a text completion as that of a chat completion, for a client that sent a chat. What has no counterpart, such as
 * `usage` and errors, stays as it is. Call `feed` for each batch, and `end` when the body ends.
 */
export class CompletionsToChat {
  private readonly decoder: ResponseDecoder;
  private readonly encoder = new TextEncoder();
  /** Choices that have begun, by index. */
  private readonly begun = new Set<unknown>();
  /** Not yet returned. */
  private written = '';

  /** @param contentType of the upstream's response */
  constructor(contentType: string) {
    this.decoder = new ResponseDecoder(contentType, {
      readEvent: (event) => {
        this.written += this.toEvent(event);
      },
    });
  }

  feed(chunks: readonly Uint8Array[]): Uint8Array {
    this.decoder.feed(joinBytes(chunks));
    return this.take();
  }

  end(): Uint8Array {
    const whole = this.decoder.whole();
    if (whole === undefined) {
      this.decoder.end();
      return this.take();
    }
    const answer = parseJson(whole);
    if (!isRecord(answer) || !Array.isArray(answer.choices)) return this.encoder.encode(whole);
    const choices = answer.choices.filter(isRecord).map((choice) => {
      const { text, ...rest } = choice;
      const message = { role: 'assistant', content: textOf(text), refusal: null };
      return { ...rest, message, logprobs: toChatLogprobs(choice) };
    });
    return this.encoder.encode(JSON.stringify({ ...answer, object: 'chat.completion', choices }));
  }

  private take(): Uint8Array {
    const { written } = this;
    this.written = '';
    return this.encoder.encode(written);
  }

  private toEvent({ name, data }: SseEvent): string {
    const chunk = parseJson(data);
    const isAnswer = isRecord(chunk) && Array.isArray(chunk.choices);
    const written = isAnswer ? JSON.stringify(this.toChunk(chunk, chunk.choices as unknown[])) : data;
    const lines = written.split('\n').map((line) => `data: ${line}\n`);
    return `${name === '' ? '' : `event: ${name}\n`}${lines.join('')}\n`;
  }

  private toChunk(chunk: Fields, choices: readonly unknown[]): Fields {
    return {
      ...chunk,
      object: 'chat.completion.chunk',
      choices: choices.filter(isRecord).map((each) => this.toDelta(each)),
    };
  }

  private toDelta(choice: Fields): Fields {
    const { text, index = 0, ...rest } = choice;
    const isFirst = !this.begun.has(index);
    this.begun.add(index);
    const content = textOf(text);
    const delta = { ...(isFirst && { role: 'assistant' }), ...((isFirst || content !== '') && { content }) };
    return { ...rest, index, delta, logprobs: toChatLogprobs(choice) };
  }
}

function textOf(text: unknown): string {
  return typeof text === 'string' ? text : '';
}

function toChatLogprobs(choice: OpenAiChoice): Fields | null {
  const content = toOllamaLogprobs(choice, 0);
  return content.length === 0
    ? null
    : { content: content.map((each) => ({ ...each, top_logprobs: [] })), refusal: null };
}
