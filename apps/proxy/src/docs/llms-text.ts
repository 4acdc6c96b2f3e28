import type { OpenAPIObject } from '@nestjs/swagger';

interface Page {
  readonly path: string;
  readonly text: string;
}

/** Of every proxy that serves its documents. */
const SERVED: readonly Page[] = [
  { path: '/openapi.yaml', text: 'the OpenAPI document' },
  { path: '/openapi.json', text: 'the same as JSON' },
];

/** `llms.txt` (https://llmstxt.org): what this is, where its documents are, and every operation in a line. */
export function toLlmsText(document: OpenAPIObject, pages: readonly Page[] = SERVED): string {
  const { title } = document.info;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, { summary?: string; description?: string; tags?: string[] }>).map(
      ([method, { summary = '', description = '', tags = [] }]) => ({
        tag: tags[0],
        line: `- \`${method.toUpperCase()} ${path}\`: ${summary}. ${description.split('\n', 1)[0] ?? ''}`,
      }),
    ),
  );
  const sections = (document.tags ?? []).map(({ name, description = '' }) => {
    const lines = operations.filter(({ tag }) => tag === name).map(({ line }) => line);
    return `## ${name}\n\n${description}\n\n${lines.join('\n')}`;
  });
  return `# ${title}

> A server that speaks the Ollama, OpenAI and Anthropic APIs to clients and runs them on any OpenAI-compatible upstream.

Clients of Ollama use the address of the server without a path, OpenAI SDKs with \`/v1\`, Anthropic SDKs without. Names of
models are those of \`GET /api/tags\`. Keys, if the server requires one, go into \`Authorization: Bearer\`.

## Documents

${pages.map(({ path, text }) => `- [${path}](${path}): ${text}`).join('\n')}

${sections.join('\n\n')}
`;
}
