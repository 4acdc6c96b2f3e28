import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../support/agent-events.js';
import { readAgentAnswer } from '../support/agent-events.js';
import type { Seen } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';

/** One request to /v1/messages, /v1/responses or what belongs to them. */
interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: (Readonly<Record<string, unknown>> & { readonly model?: string }) | undefined;
}

/** Recordings of agents and of client libraries; they are kept beside the project and are not part of it. */
const SHARED = new URL('../../../shared/', import.meta.url);
const CLIENTS = new URL('client-requests/', SHARED);
const FIXTURES = new URL('api-fixtures/', SHARED);
const isThere = existsSync(CLIENTS) && existsSync(FIXTURES);

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly request?: Recorded['body'];
}

function ofClients(): Recorded[] {
  const files = readdirSync(CLIENTS).filter((file) => file.endsWith('.json'));
  return files.flatMap((file) => {
    const recording = JSON.parse(readFileSync(new URL(file, CLIENTS), 'utf8')) as
      { requests?: Recorded[] } | Recorded[];
    const requests = Array.isArray(recording) ? recording : (recording.requests ?? []);
    return requests.map((request, index) => ({ ...request, name: `${file} ${String(index + 1)}` }));
  });
}

function ofFixtures(): Recorded[] {
  return ['messages', 'responses'].flatMap((folder) => {
    const at = new URL(`${folder}/`, FIXTURES);
    return readdirSync(at)
      .filter((file) => file.endsWith('.exchanges.jsonl'))
      .flatMap((file) =>
        readFileSync(new URL(file, at), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line, index) => {
            const { method, path, requestHeaders, request } = JSON.parse(line) as Exchange;
            const name = `${file} ${String(index + 1)}`;
            return { name, method, path: path.replace(/^.*?\/v1\//, '/v1/'), headers: requestHeaders, body: request };
          }),
      );
  });
}

const AGENT_ROUTE = /^\/v1\/(messages(\/count_tokens)?|responses|chat\/completions)(\?|$)/;
const requests = isThere
  ? [...ofClients(), ...ofFixtures()].filter(({ method, path }) => method === 'POST' && AGENT_ROUTE.test(path))
  : [];

const names = [...new Set(requests.map(({ body }) => body?.model))].filter((name) => name !== undefined);
const setup = withProxy({
  dialect: 'strictest',
  catalogue: 'plain',
  models: ['spare', ...names].map((id) => ({
    id,
    kind: 'chat',
    contextLength: 1_000_000,
    tools: true,
    vision: true,
    reasoning: true,
  })),
});

function send({ path, headers, body }: Recorded): Promise<Seen> {
  const kept = Object.entries(headers).filter(
    ([name, value]) =>
      /^(accept|content-type|user-agent|anthropic-|x-|originator)/.test(name) && /^[ -~]*$/.test(value),
  );
  return setup.ask(path, body, { headers: Object.fromEntries(kept) });
}

/** Features of the vendors' servers that no chat model has, with a word of the text that the client shows. */
const IMPOSSIBLE: readonly (readonly [name: string, isUsed: (body: Fields) => boolean, text: RegExp])[] = [
  ['background', ({ background }) => background === true, /background/],
  ['prompt', ({ prompt }) => Boolean(prompt), /prompt/],
  ['conversation', ({ conversation }) => Boolean(conversation), /conversation/],
  ['previous_response_id', ({ previous_response_id: id }) => Boolean(id), /previous response/i],
  [
    'tools of the vendor alone',
    ({ tools }) =>
      tools?.length > 0 && tools.every(({ type }: Fields) => /^(web_fetch|code_execution)_\d/.test(String(type))),
    /cannot be run by this server/,
  ],
  ['mcp_servers', ({ mcp_servers: servers }) => Boolean(servers?.length), /mcp_servers/],
  ['uploaded files', (body) => /"file_id":"|"type":"file"/.test(JSON.stringify(body)), /file/],
];

/** The strictest upstream takes images as data only, and the proxy fetches none. */
const HAS_IMAGE_URL = /"(image_)?url":"https?:/;

describe.skipIf(!isThere)(`recorded agents${isThere ? '' : ' (there are none beside the project)'}`, () => {
  it.each(requests.map((request) => [request.name, request.path, request] as const))(
    '%s: %s',
    async (_name, path, request) => {
      const seen = await send(request);
      const body = request.body ?? {};
      const impossible = path.includes('count_tokens') ? undefined : IMPOSSIBLE.find(([, isUsed]) => isUsed(body));
      if (impossible) {
        expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([400, 'false']);
        expect(seen.text).toMatch(impossible[2]);
      } else if (HAS_IMAGE_URL.test(JSON.stringify(body)) && seen.status === 400) {
        expect(seen.text).toMatch(/image/);
      } else if (path.includes('count_tokens')) {
        expect([seen.status, seen.lines]).toEqual([200, [{ input_tokens: expect.any(Number) as number }]]);
      } else if (path.includes('/chat/completions')) {
        expect(seen.status, seen.text).toBe(200);
      } else {
        const answer = readAgentAnswer(path, body.stream === true, seen);
        expect(answer.text !== '' || answer.calls.length > 0).toBe(true);
        expect(answer.whole.model).toBe(body.model);
      }
    },
  );

  it('include every recorded agent', () => {
    expect(requests.length).toBeGreaterThan(150);
  });
});
