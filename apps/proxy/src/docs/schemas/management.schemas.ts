import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';

@ApiSchema({ description: 'Request of `POST /api/pull`. One of `model` and `name` is needed.' })
export class PullRequest {
  @Maybe.text('Name of the model.', { examples: ['sim-chat'] })
  model?: string;

  @Maybe.text('The older word for `model`; read when that one is absent or empty.', { deprecated: true })
  name?: string;

  @Maybe.flag('Accepted, without effect: nothing is fetched.', { default: false })
  insecure?: boolean;

  @Maybe.flag('true answers with one status a line, false with the last one only.', { default: true })
  stream?: boolean;
}

@ApiSchema({ description: 'The whole answer of `POST /api/pull`, or one line of its stream.' })
export class PullStatus {
  @Always.text('What is being done; the last one is `success`.', { examples: ['success'] })
  status!: string;
}

@ApiSchema({ description: 'What names a model in the requests that this service refuses; nothing of it is read.' })
export class RefusedRequest {
  @Maybe.text('Name of a model.')
  model?: string;
}

@ApiSchema({ description: 'Whether models in a cloud may be used.' })
export class CloudSwitch {
  @Always.flag('Always true: there is no cloud behind this service.')
  disabled!: boolean;

  @Always.text('What switched it off; always `env`.', { enum: ['none', 'env', 'config', 'both'] })
  source!: string;
}

@ApiSchema({ description: 'Answer of `GET /api/status`.' })
export class CloudStatus {
  @Always.one(() => CloudSwitch, 'Whether models in a cloud may be used.')
  cloud!: CloudSwitch;
}

@ApiSchema({ description: 'Answer of `GET /api/experimental/model-recommendations`.' })
export class Recommendations {
  @Always.listOf({ type: 'object', additionalProperties: true }, 'Always empty.')
  recommendations!: object[];
}

@ApiSchema({ description: 'Request of `POST /api/experimental/web_search`.' })
export class WebSearchRequest {
  @Maybe.text('What to look for.')
  query?: string;

  @Maybe.integer('Most results to give.', { minimum: 1 })
  max_results?: number;
}

@ApiSchema({ description: 'Request of `POST /api/experimental/web_fetch`.' })
export class WebFetchRequest {
  @Maybe.text('Address of the page.', { format: 'uri' })
  url?: string;
}
