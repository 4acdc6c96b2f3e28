/** Checks one complete response per case and server; throws an Error with the difference. */
import assert from 'node:assert/strict';
import { DIMENSIONS, EMBEDDINGS, EXPECTED, MODEL } from './answers.mjs';

const lines = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const events = (text) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)));

function ollamaLines(text) {
  const all = lines(text);
  assert.equal(all.filter(({ done }) => done).length, 1, 'exactly one done');
  assert.equal(all.at(-1).done, true, 'the last line is done');
  assert.ok(all.at(-1).eval_count > 0, 'usage is present');
  return all;
}

/** Checks by kind of response, each for Ollama's format and for OpenAI's. */
export const chatText = (expected) => ({
  ollama: (text) => assert.equal(JSON.parse(text).message.content, expected),
  openAi: (text) => assert.equal(JSON.parse(text).choices[0].message.content, expected),
});

export const streamText = (expected) => ({
  ollama: (text) =>
    assert.equal(
      ollamaLines(text).reduce((all, line) => all + line.message.content, ''),
      expected,
    ),
  openAi(text) {
    assert.equal(
      events(text).reduce((all, { choices: [choice] }) => all + (choice?.delta.content ?? ''), ''),
      expected,
    );
    assert.ok(text.endsWith('data: [DONE]\n\n'), 'the stream is complete');
  },
});

const joinedDeltas = (text, read) => events(text).reduce((all, each) => all + (read(each) ?? ''), '');

/** A stream of an agents' API; the pipe has that of chat completions. */
export const messagesStream = (expected) => ({
  ...streamText(expected),
  messages(text) {
    assert.equal(
      joinedDeltas(text, ({ delta }) => delta?.text),
      expected,
    );
    assert.ok(text.includes('event: message_stop'), 'the stream is complete');
  },
});

export const responsesStream = (expected) => ({
  ...streamText(expected),
  responses(text) {
    assert.equal(
      joinedDeltas(text, ({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')),
      expected,
    );
    assert.ok(text.includes('event: response.completed'), 'the stream is complete');
  },
});

export const toolCall = {
  ollama(text) {
    const calls = ollamaLines(text).flatMap(({ message }) => message.tool_calls ?? []);
    assert.deepEqual(
      calls.map((call) => call.function.arguments),
      [EXPECTED.toolArguments],
    );
  },
  openAi: (text) => assert.match(text, /"tool_calls"/),
};

export const modelList = (count) => ({
  ollama: (text) => assert.equal(JSON.parse(text).models.length, count),
  openAi: (text) => assert.equal(JSON.parse(text).data.length, count),
});

export const modelShown = {
  ollama: (text) => assert.ok(JSON.parse(text).model_info['general.architecture']),
  openAi: (text) => assert.equal(JSON.parse(text).id, MODEL),
};

export const vectors = {
  ollama: (text) => checkVectors(JSON.parse(text).embeddings),
  openAi: (text) => checkVectors(JSON.parse(text).data.map(({ embedding }) => embedding)),
};

function checkVectors(all) {
  assert.equal(all.length, EMBEDDINGS);
  assert.ok(all.every((vector) => vector.length === DIMENSIONS));
}

/** The last bytes of a complete response; cheap enough to check for every response under load. */
export const ENDINGS = {
  ollama: { stream: Buffer.from('"done":true'), json: Buffer.from('}') },
  openAi: { stream: Buffer.from('[DONE]'), json: Buffer.from('}') },
  messages: { stream: Buffer.from('message_stop') },
  // In the usage of the last event.
  responses: { stream: Buffer.from('"total_tokens"') },
};
