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

const Adaptation = shape('Adaptation', 'A change of requests that a rejection has led to.', {
  id: required.text('For removing it.'),
  upstream: required.text('The upstream, by its name.'),
  model: required.text('Id of the model at the upstream.'),
  adaptation: required.text('The change.'),
  scope: required.choice(['all', 'tools', 'schema'], 'All requests, or those with tools or with a schema.'),
  reason: optional.text('Status and text of the rejection, without texts of the request.'),
  expiresInSeconds: required.integer('Afterwards requests are sent unchanged again.'),
});

export const Adaptations = shape('Adaptations', 'Answer of `GET /v1/adaptations`.', {
  workers: required.integer('Number of processes of the server (WORKERS).'),
  adaptations: required.of(listOf(Adaptation), 'Those of the process that answers.'),
});
