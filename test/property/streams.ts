import { fetch } from 'undici';
import type { DialectName, Script } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { tool } from '../flows/support.js';

/** One answer of the simulator, as bytes on the wire. */
export interface RecordedStream {
  readonly name: string;
  readonly path: '/chat/completions' | '/completions';
  readonly type: string;
  readonly bytes: Uint8Array;
}

const DIALECTS: readonly DialectName[] = [
  'lenient',
  'strictest',
  'mistral',
  'groq',
  'gemini',
  'deepseek',
  'cerebras',
  'perplexity',
  'vllm',
  'llamacpp',
];

const TEXT = 'Grüße, 日本 und 🙂!\nZwei Zeilen\r\nund </think> mittendrin.';

const SCRIPTS: Readonly<Record<string, Script>> = {
  text: { text: TEXT, thinking: '' },
  'thinking and text': { text: TEXT, thinking: 'Überlegen 🤔 … <think>' },
  'think tags in the text': { text: '<think>\nTief nachdenken 🤔\n</think>\n\nFertig.', thinking: '' },
  'think tags never closed': { text: '<think> nur gedacht', thinking: '' },
  'three calls': { toolCalls: 3, thinking: 'Zuerst fragen.' },
  'text and calls': { text: 'Ich frage nach.', toolCalls: 2 },
  nothing: { emptyAnswer: true },
  'no usage': { text: 'Ungezählt.', noUsage: true },
  'cut by length': { text: TEXT, finish: 'length' },
  'no finish reason': { text: TEXT, noFinish: true },
  'no end mark': { text: TEXT, noDone: true },
  'whole JSON': { text: TEXT, json: true },
  'whole JSON with calls': { toolCalls: 2, json: true },
  'error inside': { text: TEXT, errorEvent: 'kaputt 💥' },
  'broken event': { text: TEXT, malformed: true },
  'cut off between events': { text: TEXT, cut: 'clean' },
};

const schema = {
  city: { type: 'string', enum: ['Zürich', '京都'] },
  days: { type: 'integer' },
  deep: { type: 'object' },
};

function bodyOf(dialect: DialectName, name: string): object {
  const logprobs = ['lenient', 'strictest', 'cerebras', 'vllm'].includes(dialect) && !name.includes('calls');
  return {
    model: 'sim-reason',
    messages: [{ role: 'user', content: 'Wie geht es?' }],
    stream: true,
    ...(dialect !== 'mistral' && { stream_options: { include_usage: true } }),
    ...(name.includes('calls') && dialect !== 'perplexity' && { tools: [tool('weather', schema)] }),
    ...(logprobs && { logprobs: true, top_logprobs: 2 }),
  };
}

/** What the simulator really sends, in every dialect and for every script. */
export async function recordStreams(): Promise<RecordedStream[]> {
  const perDialect = await Promise.all(DIALECTS.map(recordDialect));
  return perDialect.flat();
}

async function recordDialect(dialect: DialectName): Promise<RecordedStream[]> {
  const simulator = createSimulator({ dialect });
  const url = await simulator.listen();
  const streams: RecordedStream[] = [];
  const record = async (name: string, path: RecordedStream['path'], body: object): Promise<void> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`${dialect}, ${name}: ${new TextDecoder().decode(bytes)}`);
    streams.push({ name: `${dialect}: ${name}`, path, type: response.headers.get('content-type') ?? '', bytes });
  };
  for (const [name, script] of Object.entries(SCRIPTS)) {
    simulator.next(script);
    await record(name, '/chat/completions', bodyOf(dialect, name));
  }
  await record('completion', '/completions', { model: 'sim-chat', prompt: TEXT, stream: true, logprobs: 1 });
  await simulator.close();
  return streams;
}
