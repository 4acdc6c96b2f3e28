import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { packageVersion } from '#config';
import { ACCOUNT_OPERATIONS } from './operations/account.docs.js';
import { CHAT_OPERATIONS } from './operations/chat.docs.js';
import { EMBEDDINGS_OPERATIONS } from './operations/embeddings.docs.js';
import { GENERATE_OPERATIONS } from './operations/generate.docs.js';
import { MANAGEMENT_OPERATIONS } from './operations/management.docs.js';
import { MODELS_OPERATIONS } from './operations/models.docs.js';
import { OPENAI_OPERATIONS } from './operations/openai.docs.js';
import type { Operation, Operations } from './operations/parts.js';
import { behindDoors, SHARED_RESPONSES } from './operations/parts.js';
import { SERVICE_OPERATIONS } from './operations/service.docs.js';
import * as chat from './schemas/chat.schemas.js';
import * as embeddings from './schemas/embeddings.schemas.js';
import * as generate from './schemas/generate.schemas.js';
import * as management from './schemas/management.schemas.js';
import * as models from './schemas/models.schemas.js';
import * as openai from './schemas/openai.schemas.js';
import * as service from './schemas/service.schemas.js';
import { OllamaError, Options, TokenLogprob } from './schemas/shared.schemas.js';

const DESCRIPTION = `The Ollama API and the OpenAI API in front of any OpenAI-compatible backend.

**Models.** The examples name models of the built-in simulator; take the names that \`GET /api/tags\` lists instead.

**Ollama API** (\`/api\`). A body is read as JSON whatever its content type says. Keys are read in upper or lower case,
unknown ones are ignored, null means absent. Failures are \`{"error": "text"}\`.

**OpenAI API** (\`/v1\`). Passed to the backend; failures are \`{"error": {"message", "type", "param", "code"}}\`, and those
of \`/v1/messages\` \`{"type": "error", "error": {"type", "message"}}\`.

**Everywhere.** An unknown path is a 404 and another method a 405 with \`Allow\`, both in plain text. Every answer carries
\`X-Request-ID\`: the one of the request, or a new one.

**Keys.** Where PROXY_API_KEYS is set every operation needs one of its keys, in any of three headers, except those that
are marked as open here and those that AUTH_EXEMPT adds. Without it keys are optional: they matter only where
UPSTREAM_AUTH=client passes them to the backend. Limits of requests and tokens are optional too; where they are set,
answers carry \`x-ratelimit-*\`.`;

const TAGS = {
  Chat: 'Conversations.',
  Generate: 'Single prompts.',
  Embeddings: 'Texts as vectors.',
  Models: 'Which models there are, and what they can do.',
  Management: 'Changing which models there are: the backend’s business, so mostly refused.',
  Account: 'Accounts and the cloud of Ollama, answered as by a server without them.',
  OpenAI: 'The OpenAI API, passed through.',
  Service: 'The service itself.',
};

/**
 * Operations are plain objects beside the controllers rather than decorators on them: a handler may serve five paths
 * that each have schemas of their own, paths with wildcards and HEAD need words that decorators do not have, and the
 * controllers stay free of a package that takes 150 ms to load. A test compares them with the routes there are.
 */
const OPERATIONS: Operations = {
  ...CHAT_OPERATIONS,
  ...GENERATE_OPERATIONS,
  ...EMBEDDINGS_OPERATIONS,
  ...MODELS_OPERATIONS,
  ...MANAGEMENT_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...OPENAI_OPERATIONS,
  ...SERVICE_OPERATIONS,
};

type SchemaClass = abstract new () => object;

/** Every class that a file of schemas exports is one. */
const SCHEMAS: SchemaClass[] = [
  OllamaError,
  Options,
  TokenLogprob,
  ...[chat, embeddings, generate, management, models, openai, service].flatMap((file) =>
    Object.values<SchemaClass>({ ...file }),
  ),
];

const REQUEST_ID = { 'X-Request-ID': { $ref: '#/components/headers/RequestId' } };

/** The same for every instance: nothing of the configuration or of the machine is in it. */
export function openApiDocument(): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Ollama-OpenAI Proxy')
    .setDescription(DESCRIPTION)
    .setVersion(packageVersion())
    .setContact('The maintainers of ollama-openai-proxy', '', '')
    .addServer('/', 'The server that this document comes from')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'key',
        description: 'A key of PROXY_API_KEYS, as most clients send it; with UPSTREAM_AUTH=client one for the backend.',
      },
      'bearer',
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same in another header.' },
      'xApiKey',
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'api-key', description: 'The same in yet another header.' },
      'apiKey',
    )
    .build();
  const document = SwaggerModule.createDocument(NO_APPLICATION, config, { extraModels: SCHEMAS });
  return {
    openapi: document.openapi,
    info: {
      ...document.info,
      contact: { name: document.info.contact?.name ?? '' },
      license: { name: 'MIT', identifier: 'MIT' } as { name: string },
    },
    servers: document.servers ?? [],
    // No key at all is one of the ways.
    security: [{}, { bearer: [] }, { xApiKey: [] }, { apiKey: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: toPaths(OPERATIONS),
    components: {
      // Sorted: the order of a file's exports is not the same everywhere.
      schemas: Object.fromEntries(
        Object.entries(document.components?.schemas ?? {}).toSorted(([left], [right]) => (left < right ? -1 : 1)),
      ),
      responses: withRequestId(SHARED_RESPONSES),
      headers: {
        RequestId: {
          description: 'Identifies the request in the log; X-Correlation-ID says the same.',
          schema: { type: 'string' },
        },
        RetryAfter: {
          description: 'Seconds to wait, or a date; from a backend only where it tells.',
          schema: { type: 'string' },
        },
        KeyWanted: {
          description: '`Bearer`, when this service wants a key.',
          schema: { type: 'string' },
        },
        RateLimitLimit: {
          description: 'How much the caller may ask for in a window; where there is such a limit.',
          schema: { type: 'string' },
        },
        RateLimitRemaining: { description: 'How much of it is left.', schema: { type: 'string' } },
        RateLimitReset: {
          description: 'Until the window ends, such as `12s`.',
          schema: { type: 'string' },
        },
      },
      securitySchemes: document.components?.securitySchemes ?? {},
    },
  };
}

/**
 * What `createDocument` looks at in an application when there is no controller for it to describe: it only makes the
 * schemas here, and those need no application.
 */
const NO_APPLICATION = {
  container: { getModules: () => new Map() },
  config: { getGlobalPrefix: () => '' },
  getHttpAdapter: () => ({ getType: () => 'express' }),
} as unknown as INestApplication;

function toPaths(operations: Operations): OpenAPIObject['paths'] {
  const paths: OpenAPIObject['paths'] = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = route.split(' ');
    const told = behindDoors(route, operation);
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...told, responses: withRequestId(told.responses) } };
  }
  return paths;
}

/** Every answer carries the id; those that are references have it where they lead. */
function withRequestId<Responses extends Operation['responses']>(responses: Responses): Responses {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      response && '$ref' in response ? response : { ...response, headers: { ...REQUEST_ID, ...response?.headers } },
    ]),
  ) as Responses;
}

let json: string | undefined;
let yaml: string | undefined;

export function openApiJson(): string {
  return (json ??= `${JSON.stringify(openApiDocument(), null, 2)}\n`);
}

export function openApiYaml(): string {
  return (yaml ??= stringify(openApiDocument(), { aliasDuplicateObjects: false, lineWidth: 0 }));
}
