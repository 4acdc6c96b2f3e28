import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';

@ApiSchema({ description: 'Answer of `GET /` for a client that asks for JSON.' })
export class ServiceInformation {
  @Always.text('The text that others get.')
  status!: string;

  @Always.text('Name of this service.')
  service!: string;

  @Always.text('The version of Ollama whose API is spoken.')
  version!: string;

  @Always.listOf({ type: 'string' }, 'Methods and paths that may be called.')
  endpoints!: string[];
}

@ApiSchema({ description: 'The process answers.' })
export class Alive {
  @Always.text('Always `ok`.', { enum: ['ok'] })
  status!: string;
}

@ApiSchema({ description: 'Answer of `GET /health`.' })
export class Health {
  @Always.text('`ok` whatever the backends do.')
  status!: string;

  @Maybe.object('What is well, by name.')
  info?: Record<string, unknown>;

  @Maybe.object('What is not, by name; empty.')
  error?: Record<string, unknown>;

  @Always.object(
    'Under `upstreams`: `status` is `up` or `degraded`, and a list tells for each backend its name, whether it was reachable, its number of models, and the age of its list in seconds.',
  )
  details!: Record<string, unknown>;
}
