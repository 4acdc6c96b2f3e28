import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** `x-codeSamples` of Redoc. */
export interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** One call of an operation. */
interface Call {
  readonly method: string;
  readonly url: string;
  /** An example of the document. */
  readonly json: unknown;
  /** A body that is not JSON. */
  readonly text: string | undefined;
  readonly isOpenAi: boolean;
}

/** Where a proxy with the default settings is. */
const BASE = 'http://localhost:11434';

/** In place of a file. */
const DATA = 'the data';

const LITERALS: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };

/** An operation as programs that need no package: the first example of the document is their body. */
export function codeSamplesOf(method: string, path: string, operation: Operation): CodeSample[] {
  const call = toCall(method.toUpperCase(), path, operation);
  return [
    { lang: 'Shell', label: 'curl', source: toCurl(call) },
    { lang: 'Python', label: 'Python', source: toPython(call) },
    { lang: 'JavaScript', label: 'JavaScript', source: toJavaScript(call) },
  ];
}

function toCall(method: string, path: string, { requestBody, parameters = [] }: Operation): Call {
  const content = requestBody && 'content' in requestBody ? requestBody.content : {};
  const [first] = Object.values(content['application/json']?.examples ?? {});
  const json = first && 'value' in first ? (first.value as unknown) : undefined;
  const examples = new Map(
    parameters.flatMap((each) => {
      const schema =
        'schema' in each ? (each.schema as { examples?: readonly (string | number)[] } | undefined) : undefined;
      return 'name' in each ? [[each.name, String(schema?.examples?.[0] ?? 'x')] as const] : [];
    }),
  );
  const target = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => examples.get(name) ?? 'x');
  const hasText = requestBody !== undefined && json === undefined;
  return { method, url: BASE + target, json, text: hasText ? DATA : undefined, isOpenAi: path.startsWith('/v1/') };
}

/** @param indent spaces in front of every line but the first */
function pretty(value: unknown, indent: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

function toCurl({ method, url, json, text, isOpenAi }: Call): string {
  const body = json === undefined ? text : pretty(json, 0);
  const options = [
    ...(method === 'HEAD' ? ['--head'] : []),
    // With a body curl sends POST.
    ...(method === 'DELETE' || (method === 'POST' && body === undefined) ? [`-X ${method}`] : []),
    ...(isOpenAi && json !== undefined ? ["-H 'Content-Type: application/json'"] : []),
    ...(body === undefined ? [] : [`-d '${body.replaceAll("'", String.raw`'\''`)}'`]),
  ];
  return ['curl', url, ...options].join(' ');
}

function toPython({ method, url, json, text }: Call): string {
  const data = json === undefined ? text && `b"${text}"` : `json.dumps(${toLiteral(pretty(json, 4))}).encode()`;
  const lines = [
    ...(json === undefined ? [] : ['import json']),
    'import urllib.request',
    '',
    'request = urllib.request.Request(',
    `    "${url}",`,
    ...(data === undefined ? [] : [`    data=${data},`]),
    ...(json === undefined ? [] : ['    headers={"Content-Type": "application/json"},']),
    `    method="${method}",`,
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    print(response.status, response.read().decode())',
  ];
  return lines.join('\n');
}

/** JSON as Python: its texts are valid there, its words are not. */
function toLiteral(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g, (token) => LITERALS[token] ?? token);
}

function toJavaScript({ method, url, json, text }: Call): string {
  const body = json === undefined ? text && `"${text}"` : `JSON.stringify(${pretty(json, 2)})`;
  const options = [
    ...(method === 'GET' ? [] : [`  method: "${method}",`]),
    ...(json === undefined ? [] : ['  headers: { "Content-Type": "application/json" },']),
    ...(body === undefined ? [] : [`  body: ${body},`]),
  ];
  const more = options.length === 0 ? '' : `, {\n${options.join('\n')}\n}`;
  return `const response = await fetch("${url}"${more});\nconsole.log(response.status, await response.text());`;
}
