import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';
import { IMAGES, TextRequest, TextResponse } from './text.schemas.js';

@ApiSchema({ description: 'Request of `POST /api/generate`.' })
export class GenerateRequest extends TextRequest {
  @Maybe.text('What the model goes on from. Empty only loads the model (or unloads it, with `keep_alive` 0).', {
    default: '',
  })
  prompt?: string;

  @Maybe.text('What comes after the text to be generated, to fill in the middle. The model has to be able to.')
  suffix?: string;

  @Maybe.text('Instructions in the place of the model’s own.')
  system?: string;

  @Maybe.text(
    'Template of the prompt: text with `{{ .System }}`, `{{ .Prompt }}`, `{{ .Suffix }}`, `{{ .Response }}`, `{{ if … }}`, `{{ else }}` and `{{ end }}`.',
  )
  template?: string;

  @Maybe.listOf(
    { type: 'integer', minimum: 0 },
    'The `context` of an earlier answer, to continue its conversation. Opaque; one that was not made by this service is refused.',
  )
  context?: number[];

  @Maybe.flag('Send the prompt as it is, without any template. Not together with `system`, `template` or `context`.', {
    default: false,
  })
  raw?: boolean;

  @Maybe.listOf(IMAGES.items, IMAGES.description)
  images?: string[];
}

@ApiSchema({ description: 'The whole answer of `POST /api/generate`, or one line of its stream.' })
export class GenerateResponse extends TextResponse {
  @Always.text('The text of this object; may be empty.')
  response!: string;

  @Maybe.text('What the model thinks before it answers; on objects of their own in a stream.')
  thinking?: string;

  @Maybe.listOf(
    { type: 'integer', minimum: 0 },
    'The conversation, to be sent back with the next request. Empty before the last object; absent when `raw` was set.',
  )
  context?: number[];
}
