/** Says what a client got: a whole answer, one well-formed error, or something that must not be. */
import { DIST } from './processes.mjs';

const { embed } = await import(`${DIST}/apps/simulator/src/embeddings/vectors.js`);

/** SIMULATOR_SEED where it is not set. */
const SEED = 1;

/** Vectors travel in single precision and are normalised. */
const SAME_DIRECTION = 0.9999;

/** @returns `{ kind, detail }`: kind is complete, error, error in the stream, cut or wrong */
export function judge(request, { status, text, isBroken }) {
  try {
    if (status >= 400) return isBroken ? wrong('an error that broke off') : judgeRefusal(request, status, text);
    if (status !== 200) return wrong(`status ${status}`);
    // A body below /v1 that breaks off after its head has no other way to say so.
    if (isBroken && request.isOpenAi && !request.isStream) return { kind: 'cut', detail: '' };
    if (isBroken) return wrong(`broke off after ${text.length} bytes: ${text.slice(-200)}`);
    if (!request.isOpenAi) return judgeLines(request, text);
    return request.isStream ? judgeEvents(request, text) : judgeWhole(request, JSON.parse(text));
  } catch (error) {
    return wrong(`${error.message}: ${text.slice(0, 300)}`);
  }
}

function judgeRefusal({ isOpenAi }, status, text) {
  const body = JSON.parse(text);
  if (!isErrorOf(isOpenAi, body)) return wrong(`an error of another shape: ${text.slice(0, 300)}`);
  return text.includes('internal error') ? wrong('internal error') : { kind: 'error', detail: String(status) };
}

/** Whether a body is an error and nothing else: `{error: text}` for Ollama, `{error: {message, type, …}}` for OpenAI. */
export function isErrorOf(isOpenAi, body) {
  if (body === null || typeof body !== 'object' || Object.keys(body).join() !== 'error') return false;
  const { error } = body;
  if (!isOpenAi) return typeof error === 'string' && error.trim() !== '';
  return typeof error?.message === 'string' && error.message.trim() !== '' && 'type' in error;
}

/** Ollama: objects, of which the last says done or is an error. */
function judgeLines(request, text) {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (request.kind === 'embed') return judgeVectors(lines[0].embeddings, [request.nonce, `second ${request.nonce}`]);
  const ends = lines.filter((line) => 'error' in line || line.done === true);
  const last = lines.at(-1);
  if (ends.length !== 1 || ends[0] !== last) return wrong(`${ends.length} ends: ${text.slice(-300)}`);
  const content = lines.map((line) => line.message?.content ?? line.response ?? '').join('');
  if ('error' in last) return isErrorOf(false, last) ? judgeBeginning(request, content) : wrong('a shapeless error');
  const calls = lines.flatMap((line) => line.message?.tool_calls ?? []).map((call) => call.function);
  return judgeContent(request, content, calls);
}

function judgeWhole(request, body) {
  if (request.kind === 'v1 embeddings')
    return judgeVectors(
      body.data.map(({ embedding }) => embedding),
      [request.nonce],
    );
  const { content, tool_calls: calls = [] } = body.choices[0].message;
  return judgeContent(
    request,
    content ?? '',
    calls.map((call) => ({ name: call.function.name, arguments: JSON.parse(call.function.arguments) })),
  );
}

/** OpenAI: events, of which the last is [DONE] or an error; before the error, an event may be broken off. */
function judgeEvents(request, text) {
  const events = text.split('\n\n');
  if (events.pop() !== '') return wrong(`half an event at the end: ${text.slice(-200)}`);
  const last = events.pop();
  if (last?.startsWith('data: {"error"') && !isJson(events.at(-1)?.slice('data: '.length))) events.pop();
  const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)));
  if (chunks.some((chunk) => 'error' in chunk)) return wrong('something after an error');
  const content = chunks.map(({ choices }) => choices?.[0]?.delta?.content ?? '').join('');
  if (last === 'data: [DONE]') return judgeContent(request, content, []);
  const at = last.lastIndexOf('data: {"error"');
  if (at === -1) return wrong(`neither [DONE] nor an error: ${text.slice(-200)}`);
  return isErrorOf(true, JSON.parse(last.slice(at + 6)))
    ? judgeBeginning(request, content)
    : wrong('a shapeless error');
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function judgeBeginning({ text }, content) {
  return text.startsWith(content) ? { kind: 'error in the stream', detail: '' } : wrong(`foreign: ${content}`);
}

function judgeContent({ kind, nonce, text }, content, calls) {
  if (!kind.endsWith('tools')) return content === text ? complete : wrong(`another text: ${content.slice(0, 200)}`);
  const isRight = calls.length === 1 && calls[0].name === `tool_${nonce}` && calls[0].arguments.nonce === nonce;
  return isRight ? complete : wrong(`calls: ${JSON.stringify(calls)}`);
}

function judgeVectors(vectors, texts) {
  if (vectors.length !== texts.length) return wrong(`${vectors.length} vectors`);
  for (const [index, text] of texts.entries()) {
    const expected = embed(text, vectors[index].length, SEED);
    const product = expected.reduce((sum, value, at) => sum + value * vectors[index][at], 0);
    const length = Math.hypot(...vectors[index]) * Math.hypot(...expected);
    if (!(product / length > SAME_DIRECTION)) return wrong('the vector of another text');
  }
  return complete;
}

const complete = { kind: 'complete', detail: '' };

function wrong(detail) {
  return { kind: 'wrong', detail };
}
