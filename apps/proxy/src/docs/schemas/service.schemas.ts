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
    'Under `upstreams`: `status` is `up` or `degraded`, and a list tells for each backend its name, whether it was reachable, the state of its circuit breaker, the calls it works on and those that wait, its number of models, and the age of its list in seconds.',
  )
  details!: Record<string, unknown>;
}

@ApiSchema({ description: 'Answer of `GET /ready` and `GET /readyz`.' })
export class Ready {
  @Always.text('`ready` with status 200; everything else with 503.', {
    enum: ['ready', 'starting', 'draining', 'no upstream'],
  })
  status!: string;

  @Always.object('Under `upstreams` what `/health` tells of each backend; under `redis` its state, where it is used.')
  checks!: Record<string, unknown>;
}

@ApiSchema({ description: 'Answer of `GET /v1/version`.' })
export class Build {
  @Always.text('Version of this service.')
  version!: string;

  @Always.text('Commit it was built from, or `unknown`.')
  commit!: string;

  @Always.text('When it was built, or `unknown`.')
  built!: string;

  @Always.text('Version of Node that it runs on.')
  node!: string;

  @Always.integer('How long it has run.')
  uptimeSeconds!: number;
}
