/**
 * The benchmark's upstream: the needed part of the OpenAI API, as fast as Node's http, from responses rendered at the
 * start. `[bench:NAME]` in the first message selects the response. Options: --port N, --models N.
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { chatAnswers, embeddingsAnswer, modelJson, modelListJson, random, responsesAnswers } from './answers.mjs';
import { announce } from './child.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, models: { type: 'string', default: '2' } },
});

const chats = chatAnswers();
const responses = responsesAnswers();
/** By number of inputs: a proxy may split a request. */
const embeddings = new Map();
const models = modelListJson(Number(values.models));
const MARKER = /\[bench:([a-z-]+)\]/;
const nextDelay = random(1);

const server = createServer((request, response) => {
  const { method, url } = request;
  if (method === 'GET' && url === '/v1/models') send(response, models);
  else if (method === 'GET' && url.startsWith('/v1/models/'))
    send(response, modelJson(url.slice('/v1/models/'.length)));
  else if (method === 'POST' && url === '/v1/embeddings') answerEmbeddings(request, response);
  else if (method === 'POST' && url === '/v1/chat/completions') answerText(chats, request, response);
  else if (method === 'POST' && url === '/v1/responses') answerText(responses, request, response);
  else fail(response, 404);
});

/** Request bodies are discarded after their first chunk, so that megabytes cost the upstream little. */
function answerText(answers, request, response) {
  let answer;
  request.once('data', (head) => {
    answer = answers.get(MARKER.exec(head.toString('latin1', 0, 2048))?.[1]);
  });
  afterBody(request, () => {
    if (answer) send(response, answer);
    else fail(response, answers === responses ? 404 : 400);
  });
}

function answerEmbeddings(request, response) {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.once('end', () => {
    const { length } = JSON.parse(Buffer.concat(pieces)).input;
    if (!embeddings.has(length)) embeddings.set(length, embeddingsAnswer(length));
    send(response, embeddings.get(length));
  });
}

function afterBody(request, then) {
  request.on('end', then).resume();
}

function send(response, answer) {
  const { type, parts } = answer;
  if (parts.length === 1) {
    response.writeHead(200, { 'content-type': type, 'content-length': parts[0].length });
    response.end(parts[0]);
    return;
  }
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
  if (answer.pace) writePaced(response, answer, 0);
  else writeAll(response, answer, 0);
}

function writePaced(response, answer, index) {
  if (response.destroyed) return;
  if (index === answer.parts.length - 1) {
    response.end(answer.parts[index]);
    return;
  }
  response.write(answer.parts[index]);
  const [shortest, longest] = answer.pace;
  setTimeout(() => writePaced(response, answer, index + 1), shortest + nextDelay() * (longest - shortest));
}

/** Writes `eventsPerWrite` parts to the socket at once, each as a separate HTTP chunk. */
function writeAll(response, answer, start) {
  const { parts, eventsPerWrite = 1 } = answer;
  const end = Math.min(start + eventsPerWrite, parts.length);
  if (response.destroyed) return;
  response.socket.cork();
  let room = true;
  for (let index = start; index < end; index += 1) room = response.write(parts[index]);
  response.socket.uncork();
  if (end === parts.length) response.end();
  else if (room) setImmediate(writeAll, response, answer, end);
  else response.once('drain', () => writeAll(response, answer, end));
}

function fail(response, status) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message: `bench: no such answer (${status})`, type: 'bench' } }));
}

server.keepAliveTimeout = 120_000;
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => announce(server));
