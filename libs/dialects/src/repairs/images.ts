import { isRecord } from '#primitives';
import type { Body } from '../shape-request.js';

/** An image inside of a request. */
export interface RequestImage {
  /** Its media type. */
  readonly type: string;
  /** In base64. */
  readonly data: string;
}

/** What an image becomes; undefined leaves it as it is. */
export type ChangeImage = (image: RequestImage) => RequestImage | undefined;

const DATA_URL = /^data:(image\/[\w.+-]+);base64,/i;

/** Chat completions and the Responses API have data URLs under these names. */
const URL_FIELDS: ReadonlySet<string> = new Set(['url', 'image_url']);

/** The deepest image is one in the result of a tool: `messages[].content[].content[].source`. */
const MAX_DEPTH = 8;

/** The images of a request of chat completions, the Responses API or the Messages API. */
export function imagesIn(body: Body): RequestImage[] {
  const images: RequestImage[] = [];
  withImages(body, (image) => {
    images.push(image);
    return undefined;
  });
  return images;
}

/** The request with changed images; the same object if none was changed. */
export function withImages(body: Body, change: ChangeImage): Body {
  let result = body;
  for (const field of ['messages', 'input']) {
    const changed = mapImages(body[field], change, 0);
    if (changed !== body[field]) result = { ...result, [field]: changed };
  }
  return result;
}

function mapImages(value: unknown, change: ChangeImage, depth: number): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((each) => mapImages(each, change, depth + 1));
    return items.some((each, at) => each !== value[at]) ? items : value;
  }
  if (!isRecord(value)) return value;
  const source = changeSource(value, change);
  if (source) return source;
  const fields = Object.entries(value).map(([key, each]): [string, unknown] => [
    key,
    typeof each === 'string' && URL_FIELDS.has(key) ? changeUrl(each, change) : mapImages(each, change, depth + 1),
  ]);
  return fields.some(([key, each]) => each !== value[key]) ? Object.fromEntries(fields) : value;
}

/** `{"type": "base64", "media_type": "image/webp", "data": "…"}` of the Messages API. */
function changeSource(value: Body, change: ChangeImage): Body | undefined {
  const { type, media_type: mediaType, data } = value;
  if (type !== 'base64' || typeof mediaType !== 'string' || typeof data !== 'string') return undefined;
  const changed = change({ type: mediaType.toLowerCase(), data });
  return changed ? { ...value, media_type: changed.type, data: changed.data } : value;
}

function changeUrl(url: string, change: ChangeImage): string {
  const found = DATA_URL.exec(url);
  if (!found) return url;
  const [head, type = ''] = found;
  const changed = change({ type: type.toLowerCase(), data: url.slice(head.length) });
  return changed ? `data:${changed.type};base64,${changed.data}` : url;
}
