import { isRecord } from '#primitives';
import { objectsOf, stringOf } from '../json.js';

/** The text of a message content, whether it is a string or a list of parts. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map((part) => stringOf(part.text) ?? '')
    .join('');
}

/** The media types of the images in a message content. */
export function contentImages(content: unknown): string[] {
  return objectsOf(content)
    .filter((part) => part.type === 'image_url')
    .map((part) => mediaType(imageUrl(part.image_url)));
}

/** The URL of an image part, given as an object or bare. */
export function imageUrl(value: unknown): string {
  return stringOf(isRecord(value) ? value.url : value) ?? '';
}

function mediaType(url: string): string {
  return /^data:([^;,]+)/.exec(url)?.[1] ?? 'remote';
}
