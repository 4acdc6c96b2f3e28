import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseJson } from '#primitives';
import type { Fields } from './agent-events.js';

/** Recorded answers of both APIs; they are kept beside the project and are not part of it. */
const FIXTURES = new URL('../../../shared/api-fixtures/', import.meta.url);

export const hasRecordings = existsSync(FIXTURES);

/** A stream as recorded. */
export interface Recording {
  readonly name: string;
  readonly events: readonly Fields[];
}

/** A response that was not streamed, as recorded. */
export interface WholeRecording {
  readonly name: string;
  readonly body: Fields;
}

/** Streams: one event a line, or the text of one inside an exchange. */
export function recordedStreams(folder: string): Recording[] {
  return filesOf(folder, '.jsonl').flatMap(({ file, text }) => {
    const values = text.split('\n').filter(Boolean).map(parseLine);
    if (!file.endsWith('.exchanges.jsonl')) return [{ name: file, events: values }];
    return values.flatMap(({ response, path }, index) =>
      typeof response === 'string' && String(path).includes(`/${folder}`)
        ? [{ name: `${file} ${String(index + 1)}`, events: dataOf(response) }]
        : [],
    );
  });
}

/** Whole responses: one a file, or inside an exchange. */
export function recordedResponses(folder: string): WholeRecording[] {
  const files = filesOf(folder, '.json').map(({ file, text }) => ({ name: file, body: JSON.parse(text) as Fields }));
  const exchanges = filesOf(folder, '.exchanges.jsonl').flatMap(({ file, text }) =>
    text
      .split('\n')
      .filter(Boolean)
      .map(parseLine)
      .flatMap(({ response, path, status }, index) =>
        typeof response === 'object' && status === 200 && String(path).endsWith(`/${folder}`)
          ? [{ name: `${file} ${String(index + 1)}`, body: response as Fields }]
          : [],
      ),
  );
  return [...files, ...exchanges];
}

function filesOf(folder: string, ending: string): { file: string; text: string }[] {
  if (!hasRecordings) return [];
  const at = new URL(`${folder}/`, FIXTURES);
  return readdirSync(at)
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ file, text: readFileSync(new URL(file, at), 'utf8') }));
}

/** Two lines of one recording lack their last brace. */
function parseLine(line: string): Fields {
  return (parseJson(line) ?? JSON.parse(`${line}}`)) as Fields;
}

function dataOf(text: string): Fields[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Fields);
}
