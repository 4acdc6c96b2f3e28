import type { OperationDocs } from '../routes/operation-docs.js';
import { body, json, OLLAMA_CALL, ollamaErrors } from '../routes/operation-docs.js';

export const embed: OperationDocs = {
  operationId: 'embed',
  audience: 'For clients of Ollama that index or compare texts: n8n, LangChain, Open WebUI.',
  tags: ['Embeddings'],
  summary: 'Embed texts',
  description: 'Vectors have unit length. Many texts are sent to the upstream in several calls; their order is kept.',
  ...body('EmbedRequest', {
    list: ['Several texts', { model: 'sim-embed', input: ['The sky is blue.', 'Grass is green.'] }],
    text: ['One text, a shorter vector', { model: 'sim-embed', input: 'The sky is blue.', dimensions: 16 }],
  }),
  responses: {
    200: json('The vectors.', 'EmbedResponse', {
      list: [
        'Two vectors',
        {
          model: 'sim-embed',
          embeddings: [
            [0.6, 0.8],
            [0.8, -0.6],
          ],
          total_duration: 14_000_000,
          load_duration: 1_000_000,
          prompt_eval_count: 8,
        },
      ],
      none: ['Without a text', { model: 'sim-embed', embeddings: [] }],
    }),
    400: ollamaErrors(
      'The request is invalid, or a text is too long.',
      'invalid input type',
      'the input length exceeds the context length',
    ),
    404: ollamaErrors(
      'The model does not exist or is missing, or the API key may not use it.',
      'model "nope" not found, try pulling it first',
      "model '' not found",
    ),
    ...OLLAMA_CALL,
  },
};

export const embeddings: OperationDocs = {
  operationId: 'embeddings',
  audience: 'For clients of Ollama that have not moved to `/api/embed`.',
  tags: ['Embeddings'],
  summary: 'Embed one text (older route)',
  description: 'Superseded by `POST /api/embed`; some clients still use it.',
  deprecated: true,
  ...body('EmbeddingsRequest', { text: ['One text', { model: 'sim-embed', prompt: 'The sky is blue.' }] }),
  responses: {
    200: json('The vector.', 'EmbeddingsResponse', { vector: ['A vector', { embedding: [1.2, -0.4, 0.9] }] }),
    400: ollamaErrors('The request is invalid.', 'model is required', 'missing request body'),
    404: ollamaErrors(
      'The model does not exist, or the API key may not use it.',
      'model "nope" not found, try pulling it first',
    ),
    ...OLLAMA_CALL,
  },
};
