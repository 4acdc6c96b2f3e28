import { listOf, OBJECT } from '../shape/kind.js';
import { optional, required, shape } from '../shape/shape.js';

export const OllamaError = shape(
  'OllamaError',
  'A failure in the form of the Ollama API. After the first byte of a stream the same object is the last line, and no line with `done: true` follows.',
  {
    error: required.text('What went wrong, for people. Texts about the upstream begin with `upstream error`.'),
  },
);

export const Version = shape('Version', 'Answer of `GET /api/version`.', {
  version: required.text('The version of Ollama whose API is spoken (OLLAMA_VERSION), without a leading `v`.', {
    examples: ['0.40.2'],
  }),
});

export const PullStatus = shape(
  'PullStatus',
  'The whole answer of `POST /api/pull` and `POST /api/create`, or one line of its stream.',
  {
    status: required.text('What is being done; the last one is `success`.', { examples: ['success'] }),
  },
);

export const CloudSwitch = shape('CloudSwitch', 'Whether models in a cloud may be used.', {
  disabled: required.flag('Always true: there is no cloud behind this service.'),
  source: required.choice(['none', 'env', 'config', 'both'], 'What switched it off; always `env`.'),
});

export const CloudStatus = shape('CloudStatus', 'Answer of `GET /api/status`.', {
  cloud: required.of(CloudSwitch, 'Whether models in a cloud may be used.'),
});

export const Recommendations = shape('Recommendations', 'Answer of `GET /api/experimental/model-recommendations`.', {
  recommendations: required.of(listOf(OBJECT), 'Always empty.'),
});

export const WebSearchRequest = shape('WebSearchRequest', 'Request of `POST /api/experimental/web_search`.', {
  query: optional.text('What to look for.'),
  max_results: optional.integer('Most results to give.', { minimum: 1 }),
});

export const WebFetchRequest = shape('WebFetchRequest', 'Request of `POST /api/experimental/web_fetch`.', {
  url: optional.text('Address of the page.', { format: 'uri' }),
});
