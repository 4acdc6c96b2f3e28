import { INTEGER, listOf, withSchema } from '../shape/kind.js';
import type { TypeOf } from '../shape/shape.js';
import { optional, required, shape } from '../shape/shape.js';
import { images, IMAGES_DESCRIPTION } from './kinds.js';
import { textRequestFields, textResponseFields } from './text.js';

const CONTEXT = listOf(withSchema(INTEGER, { minimum: 0 }));

export const GenerateRequest = shape('GenerateRequest', 'Request of `POST /api/generate`.', {
  ...textRequestFields,
  prompt: optional.text(
    'The text that the model continues. Empty only loads the model (or unloads it, with `keep_alive` 0).',
    { default: '' },
  ),
  suffix: optional.text(
    'What comes after the text to be generated, to fill in the middle. The model has to be able to.',
    { absent: '' },
  ),
  system: optional.text('Instructions in the place of the model’s own.', { absent: '' }),
  template: optional.text(
    'Template of the prompt: text with `{{ .System }}`, `{{ .Prompt }}`, `{{ .Suffix }}`, `{{ .Response }}`, `{{ if … }}`, `{{ else }}` and `{{ end }}`.',
    { absent: '' },
  ),
  context: optional.of(
    CONTEXT,
    'The `context` of an earlier answer, to continue its conversation. Opaque; one that was not made by this service is refused.',
  ),
  raw: optional.flag(
    'Send the prompt as it is, without any template. Not together with `system`, `template` or `context`.',
    { default: false },
  ),
  images: optional.of(images, IMAGES_DESCRIPTION, { absent: [] }),
});

export type OllamaGenerateRequest = TypeOf<typeof GenerateRequest>;

/** One line of a stream, or the whole answer. */
export const GenerateResponse = shape(
  'GenerateResponse',
  'The whole answer of `POST /api/generate`, or one line of its stream.',
  {
    ...textResponseFields,
    response: required.text('The text of this object; may be empty.'),
    thinking: optional.text('What the model thinks before it answers; on separate objects in a stream.'),
    context: optional.of(
      CONTEXT,
      'The conversation, to be sent back with the next request. Empty before the last object; absent when `raw` was set.',
    ),
  },
);

export type OllamaGenerateResponse = TypeOf<typeof GenerateResponse>;
