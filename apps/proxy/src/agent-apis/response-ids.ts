import { joinBytes } from '#json-bytes';
import { isRecord, parseJson } from '#primitives';
import type { SseEvent } from '#streaming';
import { ResponseDecoder } from '#streaming';

/** More items than any response has: a bound of what one response can make others forget. */
const MAX_IDS = 1000;

/** Events that bring an id: of the response, or of an item. Texts have none, and are not parsed. */
const WITH_ID = /^response\.(created|queued|in_progress|output_item\.(added|done))$/;
const TYPE = /"type"\s*:\s*"(response\.[\w.]+)"/;

/** Type of an event without a name: it is at the beginning in every recording. */
const MAX_TYPE_POSITION = 200;

/** Reads the ids of a response and of its items from the body of an upstream, which is forwarded as it is. */
export class ResponseIds {
  private readonly decoder: ResponseDecoder;
  private readonly known = new Set<string>();
  /** Found, and not yet kept. */
  private found: string[] = [];
  private hasFailed = false;

  /** @param keep called with ids that are new */
  constructor(
    contentType: string,
    private readonly keep: (ids: readonly string[]) => Promise<void> | undefined,
  ) {
    this.decoder = new ResponseDecoder(contentType, { readEvent: (event) => this.found.push(...idsOfEvent(event)) });
  }

  /** @returns a promise until the ids in these bytes are kept */
  feed(batch: readonly Uint8Array[]): Promise<void> | undefined {
    return this.attempt(() => {
      this.decoder.feed(joinBytes(batch));
    });
  }

  /** The body has ended. */
  end(): Promise<void> | undefined {
    return this.attempt(() => {
      const whole = this.decoder.whole();
      if (whole === undefined) this.decoder.end();
      else this.found.push(...idsOf(parseJson(whole)));
    });
  }

  /** A body that cannot be read has no ids that count; its client gets it all the same. */
  private attempt(read: () => void): Promise<void> | undefined {
    if (this.hasFailed) return undefined;
    try {
      read();
      const ids = this.found
        .splice(0)
        .filter((id) => !this.known.has(id) && this.known.size < MAX_IDS && this.known.add(id));
      return ids.length > 0 ? this.keep(ids) : undefined;
    } catch {
      this.hasFailed = true;
      return undefined;
    }
  }
}

function idsOfEvent({ name, data }: SseEvent): string[] {
  const type = name === '' || name === 'message' ? TYPE.exec(data.slice(0, MAX_TYPE_POSITION))?.[1] : name;
  if (type === undefined || !WITH_ID.test(type)) return [];
  const event = parseJson(data);
  if (!isRecord(event)) return [];
  return [...idsOf(event.response), ...idOf(event.item)];
}

function idsOf(response: unknown): string[] {
  if (!isRecord(response)) return [];
  const output = Array.isArray(response.output) ? response.output : [];
  return [...idOf(response), ...output.flatMap(idOf)];
}

function idOf(value: unknown): string[] {
  return isRecord(value) && typeof value.id === 'string' ? [value.id] : [];
}
