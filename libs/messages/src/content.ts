import type { OpenAiContentPart } from '#contracts';
import { toImageUrl } from '#contracts';
import { BadRequestError, UnsupportedError } from '#errors';
import { isRecord, textOfBase64 } from '#primitives';
import type { Block } from './messages-request.js';
import { toBlocks } from './messages-request.js';

/** Claude Code's first system block names its build and changes from request to request: it defeats prefix caches. */
const BILLING_HEADER = 'x-anthropic-billing-header:';

/** A block as text, as media, or both; a block without either is left out. */
export interface Content {
  readonly text?: string;
  readonly media?: OpenAiContentPart;
}

/** System blocks joined as paragraphs. */
export function systemTextOf(blocks: readonly Block[]): string {
  return blocks
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .filter((text) => text !== '' && !text.startsWith(BILLING_HEADER))
    .join('\n\n');
}

/** Content of a user's message or of a tool result. @throws BadRequestError for media that no upstream can be sent */
export function toContent(block: Block, path: string): Content {
  const { type, text } = block;
  switch (type) {
    case 'text':
      return typeof text === 'string' && text !== '' ? { text } : {};
    case 'image':
      return { media: toImage(block.source, path) };
    case 'document':
      return toDocument(block, path);
    case 'search_result':
      return { text: toSearchResult(block) };
    case 'server_tool_use':
      return block.name === 'web_search' ? { text: `Searched: ${queryOf(block.input)}` } : {};
    case 'web_search_tool_result':
      return Array.isArray(block.content) ? { text: ['Results:', ...block.content.map(toHit)].join('\n') } : {};
    case 'tool_reference':
      return { text: `Tool ${String(block.tool_name)} is now available.` };
    default:
      // Blocks that only the real API's servers make and read: container_upload, browser_state, …
      return typeof text === 'string' && text !== '' ? { text } : {};
  }
}

function toImage(source: unknown, path: string): OpenAiContentPart {
  if (isRecord(source)) {
    const { type, media_type: mediaType, data, url } = source;
    if (type === 'base64' && typeof data === 'string' && data !== '')
      return { type: 'image_url', image_url: { url: toImageUrl(data, mediaType) } };
    if (type === 'url' && typeof url === 'string') return { type: 'image_url', image_url: { url } };
  }
  throw new UnsupportedError(`${path}.source: only base64 and url images are supported`);
}

function toDocument({ source, title, context }: Block, path: string): Content {
  const head = [title, context].filter((each): each is string => typeof each === 'string' && each !== '');
  if (!isRecord(source)) throw new BadRequestError(`${path}.source: Field required`);
  const { type, data, media_type: mediaType, url, content } = source;
  const kind = typeof mediaType === 'string' ? mediaType : 'application/pdf';
  if (type === 'base64' && typeof data === 'string' && kind.startsWith('text/'))
    return { text: [...head, textOfBase64(data) ?? ''].join('\n\n') };
  if (type === 'text' && typeof data === 'string') return { text: [...head, data].join('\n\n') };
  if (type === 'content') {
    const texts = toBlocks(content, `${path}.source.content`).map(({ text }) => (typeof text === 'string' ? text : ''));
    return { text: [...head, ...texts].filter(Boolean).join('\n\n') };
  }
  if (type === 'base64' && typeof data === 'string') {
    const filename = head[0] ?? 'document.pdf';
    return {
      media: {
        type: 'file',
        file: { filename, file_data: `data:${kind};base64,${data}` },
      },
    };
  }
  if (type === 'url' && typeof url === 'string') return { text: [...head, `Document: ${url}`].join('\n\n') };
  throw new UnsupportedError(`${path}.source: only base64, text, content and url documents are supported`);
}

function toSearchResult({ title, source, content }: Block): string {
  const texts = Array.isArray(content) ? content.map((each: unknown) => (isRecord(each) ? each.text : '')) : [];
  return [title, source, ...texts].filter((each) => typeof each === 'string' && each !== '').join('\n');
}

function queryOf(input: unknown): string {
  return isRecord(input) && typeof input.query === 'string' ? input.query : '';
}

function toHit(result: unknown): string {
  if (!isRecord(result)) return '';
  return [result.title, result.url].filter((each) => typeof each === 'string').join(' ');
}
