import { listOf, optional, required, shape, STRING } from '#contracts';

export const ServiceInformation = shape('ServiceInformation', 'Answer of `GET /` for a client that asks for JSON.', {
  status: required.text('The text that others get.'),
  service: required.text('Name of this service.'),
  version: required.text('The version of Ollama whose API is spoken.'),
  endpoints: required.of(listOf(STRING), 'Methods and paths that may be called.'),
});

export const Alive = shape('Alive', 'The process answers.', {
  status: required.choice(['ok'], 'Always `ok`.'),
});

export const Health = shape('Health', 'Answer of `GET /health`.', {
  status: required.text('`ok` whatever the upstreams do.'),
  info: optional.object('What is well, by name.'),
  error: optional.object('What is not, by name; empty.'),
  details: required.object(
    'Under `upstreams`: `status` is `up` or `degraded`, and a list has for each upstream its name, whether it was reachable, the state of its circuit breaker, the calls it works on and those that wait, its number of models, and the age of its list in seconds.',
  ),
});

export const Ready = shape('Ready', 'Answer of `GET /ready` and `GET /readyz`.', {
  status: required.choice(
    ['ready', 'starting', 'draining', 'no upstream'],
    '`ready` with status 200; everything else with 503.',
  ),
  checks: required.object(
    'Under `upstreams` what `/health` reports of each upstream; under `redis` its state, where it is used.',
  ),
});

export const Build = shape('Build', 'Answer of `GET /v1/version`.', {
  version: required.text('Version of this service.'),
  commit: required.text('Commit it was built from, or `unknown`.'),
  built: required.text('When it was built, or `unknown`.'),
  node: required.text('Version of Node that it runs on.'),
  uptimeSeconds: required.integer('How long it has run.'),
});
