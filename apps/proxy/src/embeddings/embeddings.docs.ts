import type { OperationDocs } from '../routes/operation-docs.js';
import { body, json, OLLAMA_CALL, ollamaErrors } from '../routes/operation-docs.js';

export const embed: OperationDocs = {
  operationId: 'embed',
  tags: ['Embeddings'],
  summary: 'Turn texts into vectors',
  description: 'Vectors of unit length. Many texts are sent to the backend in several calls; the order is kept.',
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
      'The request cannot be read, or a text is too long.',
      'invalid input type',
      'the input length exceeds the context length',
    ),
    404: ollamaErrors(
      'There is no such model, none that the key may use, or none was named.',
      'model "nope" not found, try pulling it first',
      "model '' not found",
    ),
    ...OLLAMA_CALL,
  },
};

export const embeddings: OperationDocs = {
  operationId: 'embeddings',
  tags: ['Embeddings'],
  summary: 'Turn one text into a vector',
  description: 'Superseded by `POST /api/embed`, and still what some clients call.',
  deprecated: true,
  ...body('EmbeddingsRequest', { text: ['One text', { model: 'sim-embed', prompt: 'The sky is blue.' }] }),
  responses: {
    200: json('The vector.', 'EmbeddingsResponse', { vector: ['A vector', { embedding: [1.2, -0.4, 0.9] }] }),
    400: ollamaErrors('The request cannot be read.', 'model is required', 'missing request body'),
    404: ollamaErrors(
      'There is no such model, or none that the key may use.',
      'model "nope" not found, try pulling it first',
    ),
    ...OLLAMA_CALL,
  },
};
