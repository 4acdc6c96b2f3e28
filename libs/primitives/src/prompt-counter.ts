import { isRecord } from './json.js';
import { tokensOfLength } from './tokens.js';

/** An image of the largest size that models look at. */
const TOKENS_PER_IMAGE = 1600;
/** Of a PDF: a page is some 50 KB and 1,500 tokens. */
const BASE64_PER_FILE_TOKEN = 45;

/** Estimates the tokens of a prompt from all its text, images and files. What of an object is read depends on the API. */
export abstract class PromptCounter {
  private characters = 0;
  private tokens = 0;

  /** At least 1. */
  get total(): number {
    return Math.max(1, tokensOfLength(this.characters) + this.tokens);
  }

  /** A text, an object, or a list of them; nothing else counts. */
  add(value: unknown): void {
    if (typeof value === 'string') this.characters += value.length;
    else if (Array.isArray(value)) for (const each of value) this.add(each);
    else if (isRecord(value)) this.addObject(value);
  }

  addJson(value: Readonly<Record<string, unknown>> | readonly unknown[]): void {
    this.characters += JSON.stringify(value).length;
  }

  protected abstract addObject(value: Record<string, unknown>): void;

  protected addImage(): void {
    this.tokens += TOKENS_PER_IMAGE;
  }

  protected addFile(base64: string): void {
    this.tokens += Math.ceil(base64.length / BASE64_PER_FILE_TOKEN);
  }
}
