import { describe, expect, it } from 'vitest';
import { isContextOverflow, isModelNotFound, statusForClient } from './error-status.js';

describe('status for the client', () => {
  it.each([
    [400, 400],
    [401, 502],
    [402, 402],
    [403, 502],
    [404, 404],
    [408, 504],
    [409, 409],
    [413, 413],
    [422, 400],
    [424, 424],
    [429, 429],
    [498, 503],
    [499, 504],
    [500, 500],
    [501, 400],
    [502, 502],
    [503, 503],
    [504, 504],
    [520, 502],
    [524, 504],
    [529, 503],
    [599, 502],
    [302, 502],
  ])('is, for %i of the upstream, %i', (upstream, client) => {
    expect(statusForClient(upstream, 'text')).toBe(client);
  });

  it.each([
    'input is too large to process. increase the physical batch size',
    'Failed to parse tool call arguments as JSON',
    'image input is not supported - hint: you may need to provide the mmproj',
    'This operation is not supported by this server',
  ])('is 400 for a mistake of the client that the upstream calls its own: %s', (text) => {
    expect(statusForClient(500, text)).toBe(400);
    expect(statusForClient(503, text)).toBe(503);
  });
});

describe('missing model', () => {
  it.each([
    [
      404,
      '{"error":{"message":"The model `not-found` does not exist or you do not have access to it.","code":"model_not_found"}}',
    ],
    [404, 'The model `gpt-5` does not exist or you do not have access to it.'],
    [404, 'The model `Qwen/Qwen2.5-7B-Instruct` does not exist.'],
    [404, 'model "llama3.2" not found, try pulling it first'],
    [404, "Model 'x' not found"],
    [404, 'models/foo is not found for API version v1main'],
    [404, 'The API deployment for this resource does not exist.'],
    [404, '{"error":{"code":"DeploymentNotFound","message":"x"}}'],
    [404, 'Model not found, inaccessible, and/or not deployed'],
    [400, 'Model Not Exist'],
    [400, 'Invalid model: foo'],
    [400, 'foo/bar is not a valid model ID'],
    [400, 'unknown model'],
  ])('is what %i with %s means', (status, text) => {
    expect(isModelNotFound(status, text)).toBe(true);
  });

  it.each([
    [404, ''],
    [404, 'Not Found'],
    [404, 'File Not Found'],
    [404, 'tools is not supported in this model. For a list of supported models, refer to the page. It was not found.'],
    [404, 'This is not a chat model and thus not supported in the v1/chat/completions endpoint.'],
    [404, 'No endpoints found that support tool use.'],
    [400, "Unsupported value: 'messages[0].role' does not support 'developer' with this model."],
    [500, 'The model does not exist'],
    [401, 'The model does not exist'],
  ])('is not what %i with %s means', (status, text) => {
    expect(isModelNotFound(status, text)).toBe(false);
  });
});

describe('context overflow', () => {
  it.each([
    "This model's maximum context length is 8192 tokens",
    'context_length_exceeded',
    'exceed_context_size_error',
    'the request exceeds the available context size, try increasing it',
    'too_many_prompt_tokens',
    'prompt too long; exceeded max context length',
    "longer than the model's context length",
    'input is too large to process. increase the physical batch size',
    'Input validation error: `inputs` must have less than 512 tokens. Given: 600',
    'input length 600 exceeds maximum input length 512',
    'Input text is too long',
  ])('is what "%s" means', (text) => {
    expect(isContextOverflow(text)).toBe(true);
  });

  it.each(['', 'rate limit exceeded', 'invalid input', 'the model is loading', 'maximum number of tools'])(
    'is not what "%s" means',
    (text) => {
      expect(isContextOverflow(text)).toBe(false);
    },
  );
});
