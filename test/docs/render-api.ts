import type { OpenAPIObject } from '@nestjs/swagger';
import type { CodeSample } from '../../apps/proxy/src/docs/code-samples.js';
import type { Documented } from '../support/openapi.js';
import { contentOf, operationsOf } from '../support/openapi.js';

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The API document as one page of Markdown. */
export function renderApi(document: OpenAPIObject): string {
  const operations = operationsOf(document);
  const sections = (document.tags ?? []).map(({ name, description = '' }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(name));
    return `## ${name}\n\n${description}\n\n${own.map(renderOperation).join('\n')}`;
  });
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, Schema][];
  return `# API

${document.info.description ?? ''}

This page is generated from the OpenAPI document (\`npm run docs\`), which a running proxy serves at \`/openapi.json\`, and as
pages at \`/docs\` and \`/redoc\` with more examples and with samples in Python and JavaScript.

${sections.join('\n')}
## Schemas

${schemas.map(renderSchema).join('\n')}`;
}

function renderOperation({ method, path, operation }: Documented): string {
  const { summary = '', description = '', parameters = [] } = operation;
  const samples = (operation as { 'x-codeSamples'?: CodeSample[] })['x-codeSamples'] ?? [];
  const rows = parameters.flatMap((each) =>
    'name' in each ? [`| \`${each.name}\` | ${each.in} | ${cell(each.description ?? '')} |`] : [],
  );
  const [, body] = contentOf(operation.requestBody)[0] ?? [];
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const name = response && '$ref' in response ? response.$ref.split('/').at(-1) : undefined;
    const words = name === undefined ? (response as { description?: string }).description : wordsOf(name);
    const types =
      name === undefined ? contentOf(response).map(([type, { schema }]) => `${type} ${typeOf(schema)}`) : [];
    return `| ${status} | ${cell(words ?? '')} | ${types.map(cell).join(', ')} |`;
  });
  return [
    `### ${method} ${path}`,
    `**${summary}.** ${description}`,
    ...(operation.security?.length === 0 ? ['Needs no API key.'] : []),
    ...(rows.length > 0 ? [`| Parameter | In | Meaning |\n|---|---|---|\n${rows.join('\n')}`] : []),
    ...(body ? [`Body: ${typeOf(body.schema)}`] : []),
    `| Status | Meaning | Body |\n|---|---|---|\n${responses.join('\n')}`,
    ...samples.filter(({ label }) => label === 'curl').map(({ source }) => `\`\`\`sh\n${source}\n\`\`\``),
    '',
  ].join('\n\n');
}

/** \`OllamaTooLarge\`: the texts of shared responses are in docs/errors.md. */
function wordsOf(response: string): string {
  const words = response
    .replace(/^(Ollama|OpenAi|Anthropic)/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return `${words} ([errors](errors.md))`;
}

function renderSchema([name, schema]: [string, Schema]): string {
  const { description = '', properties = {}, required = [] } = schema;
  const rows = Object.entries(properties).map(
    ([field, each]) =>
      `| \`${field}\`${required.includes(field) ? ' (required)' : ''} | ${typeOf(each)} | ${cell(each.description ?? '')} |`,
  );
  const table = rows.length > 0 ? `\n| Field | Type | Meaning |\n|---|---|---|\n${rows.join('\n')}\n` : '';
  return `### ${name}\n\n${description}\n${table}`;
}

function typeOf(value: object | undefined): string {
  const { $ref, type, items, enum: values, anyOf, oneOf } = (value ?? {}) as Schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (values) return values.map((each) => `\`${JSON.stringify(each)}\``).join(', ');
  const choices = anyOf ?? oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
  if (items) return `list of ${typeOf(items)}`;
  return typeof type === 'string' ? type : (type?.join(' or ') ?? 'any');
}

/** In a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
