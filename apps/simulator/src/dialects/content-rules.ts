import { isRecord } from '#primitives';
import { imageUrl } from '../chat/content.js';
import { badRequest } from '../http/refusal.js';
import type { Refusal } from '../http/refusal.js';
import { findImageProblem } from './image-rules.js';
import type { MessageCheck } from './message-rules.js';

/** What is wrong with the content of one message. */
export function checkContent(check: MessageCheck): Refusal | undefined {
  const { message, role, index } = check;
  const { content } = message;
  const place = `messages[${index}].content`;
  if (typeof content === 'string') return undefined;
  if (content === null || content === undefined) {
    const empty = role === 'assistant' && message.tool_calls !== undefined;
    return empty ? undefined : badRequest(`Invalid value for '${place}': expected a string, got null.`, place);
  }
  if (!Array.isArray(content)) {
    return badRequest(
      `Invalid type for '${place}': expected one of a string or array of objects.`,
      place,
      'invalid_type',
    );
  }
  if (content.length === 0) return badRequest(`Invalid '${place}': empty array.`, place, 'empty_array');
  for (const [part, value] of content.entries()) {
    const problem = checkPart(value, [...['messages', index, 'content'], part], check);
    if (problem) return problem;
  }
  return undefined;
}

const PART_FIELDS: Record<string, readonly string[]> = { text: ['type', 'text'], image_url: ['type', 'image_url'] };

function checkPart(part: unknown, path: (string | number)[], check: MessageCheck): Refusal | undefined {
  const place = `messages[${check.index}].content[${String(path.at(-1))}]`;
  const type = isRecord(part) ? String(part.type) : '';
  const known = Object.hasOwn(PART_FIELDS, type) ? PART_FIELDS[type] : undefined;
  if (!isRecord(part) || !known) return badRequest(`Invalid value: '${type}'.`, `${place}.type`, 'invalid_value');
  const extra = Object.keys(part).find((field) => !known.includes(field));
  if (extra !== undefined) return check.unknownField({ path: [...path, extra], value: part[extra], role: check.role });
  if (type === 'image_url') return checkImage(part.image_url, place, check);
  return typeof part.text === 'string'
    ? undefined
    : badRequest(`Invalid type for '${place}.text'.`, place, 'invalid_type');
}

function checkImage(image: unknown, place: string, { role, rules }: MessageCheck): Refusal | undefined {
  if (role !== 'user') {
    return badRequest(
      `Invalid '${place}': image URLs are only allowed for messages with role 'user'.`,
      place,
      'invalid_value',
    );
  }
  if (!isRecord(image) && !(rules.bareImageUrl && typeof image === 'string')) {
    return badRequest(`Invalid type for '${place}.image_url': expected an object.`, place, 'invalid_type');
  }
  if (isRecord(image) && 'detail' in image && !rules.imageDetail) {
    return badRequest(
      `Unknown parameter: '${place}.image_url.detail'.`,
      `${place}.image_url.detail`,
      'unknown_parameter',
    );
  }
  const problem = findImageProblem(imageUrl(image), rules.remoteImages === true);
  return problem === undefined ? undefined : badRequest(problem, `${place}.image_url.url`, 'invalid_image_url');
}
