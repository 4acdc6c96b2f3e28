import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { packageVersion } from '#config';
import type { AnyShape } from '#contracts';
import * as contracts from '#contracts';
import { RouteTable } from '../routes/route-table.js';
import { codeSamplesOf } from './code-samples.js';
import { describeRoutes } from './describe-routes.js';
import { SHARED_RESPONSES } from './shared-responses.js';
import * as openai from './schemas/openai.schemas.js';
import * as service from './schemas/service.schemas.js';
import { swaggerModelOf } from './schemas/swagger-model.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const DESCRIPTION = `The Ollama API and the OpenAI API in front of any OpenAI-compatible upstream.

**Models.** The examples name models of the built-in simulator; use those that \`GET /api/tags\` lists instead.

**Ollama API** (\`/api\`). Bodies are read as JSON whatever their content type. Field names match in upper or lower case,
unknown fields are ignored, null means absent. Errors are \`{"error": "text"}\`.

**OpenAI API** (\`/v1\`). Forwarded to the upstream. Errors are \`{"error": {"message", "type", "param", "code"}}\`, those
of \`/v1/messages\` \`{"type": "error", "error": {"type", "message"}}\`.

**All routes.** An unknown path is a 404 and an unknown method a 405 with \`Allow\`, both in plain text. Every response
carries \`X-Request-ID\`: that of the request, or a new one.

**API keys.** With PROXY_API_KEYS every operation needs one of its keys, in one of three headers, except those marked as
public here and those of AUTH_EXEMPT. Without it a key is optional; with UPSTREAM_AUTH=client it is sent to the upstream.
With rate limits, responses carry \`x-ratelimit-*\`.`;

const TAGS = {
  Chat: 'Conversations.',
  Generate: 'Single prompts.',
  Embeddings: 'Texts to vectors.',
  Models: 'The available models and their capabilities.',
  Management: 'Changes to models. Upstreams own the models, so most of these are refused.',
  Account: 'Accounts and the cloud of Ollama; answered as by a server without them.',
  OpenAI: 'The OpenAI API, forwarded to the upstream.',
  Service: 'The service itself.',
};

/** Every shape that the files of schemas export. */
const SHAPES = [contracts, openai, service]
  .flatMap((file) => Object.values<unknown>({ ...file }))
  .filter((value): value is AnyShape => typeof value === 'object' && value !== null && 'fields' in value);

const REQUEST_ID = { 'X-Request-ID': { $ref: '#/components/headers/RequestId' } };

/** Built from the routes of the application; nothing of this machine is in it. */
export async function openApiDocument(app: INestApplication): Promise<OpenAPIObject> {
  await describeRoutes(app.get(RouteTable));
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Ollama-OpenAI Proxy')
    .setDescription(DESCRIPTION)
    .setVersion(packageVersion())
    .setContact('The maintainers of ollama-openai-proxy', '', '')
    .addServer('/', 'This server')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'key',
        description:
          'A key of PROXY_API_KEYS, in the header that most clients use; with UPSTREAM_AUTH=client a key of the upstream.',
      },
      'bearer',
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key in another header.' },
      'xApiKey',
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'api-key', description: 'The same key in a third header.' },
      'apiKey',
    )
    .build();
  const extraModels = SHAPES.map(swaggerModelOf);
  const document = SwaggerModule.createDocument(app, config, { extraModels, autoTagControllers: false });
  return {
    openapi: document.openapi,
    info: {
      ...document.info,
      contact: { name: document.info.contact?.name ?? '' },
      license: { name: 'MIT', identifier: 'MIT' } as { name: string },
    },
    servers: document.servers ?? [],
    // Without PROXY_API_KEYS no key is needed.
    security: [{}, { bearer: [] }, { xApiKey: [] }, { apiKey: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: withRequestIdsAndSamples(document.paths),
    components: {
      // Sorted: the order of a module's exports is not the same everywhere.
      schemas: Object.fromEntries(
        Object.entries(document.components?.schemas ?? {}).toSorted(([left], [right]) => (left < right ? -1 : 1)),
      ),
      responses: withRequestId({ ...SHARED_RESPONSES }),
      headers: {
        RequestId: {
          description: 'Identifies the request in the log; X-Correlation-ID has the same value.',
          schema: { type: 'string' },
        },
        RetryAfter: {
          description: 'Seconds to wait, or a date; errors of an upstream carry it only if it sent one.',
          schema: { type: 'string' },
        },
        KeyWanted: {
          description: '`Bearer`, when the API key of this service is missing or wrong.',
          schema: { type: 'string' },
        },
        RateLimitLimit: {
          description: 'The limit for one window; present where a limit is set.',
          schema: { type: 'string' },
        },
        RateLimitRemaining: { description: 'What is left of it in this window.', schema: { type: 'string' } },
        RateLimitReset: {
          description: 'Time until the window ends, such as `12s`.',
          schema: { type: 'string' },
        },
      },
      securitySchemes: document.components?.securitySchemes ?? {},
    },
  };
}

/** Every response carries the id; references have it where they point to. */
function withRequestIdsAndSamples(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item as Record<string, Operation>).map(([method, docs]) => [
          method,
          {
            ...withoutEmptyParameters(docs),
            responses: withRequestId(docs.responses),
            'x-codeSamples': codeSamplesOf(method, path, docs),
          },
        ]),
      ),
    ]),
  );
}

function withoutEmptyParameters({ parameters = [], ...docs }: Operation): Operation {
  return parameters.length > 0 ? { ...docs, parameters } : docs;
}

function withRequestId<All extends Operation['responses']>(responses: All): All {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      response && '$ref' in response ? response : { ...response, headers: { ...REQUEST_ID, ...response?.headers } },
    ]),
  ) as All;
}

export function toJson(document: OpenAPIObject): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function toYaml(document: OpenAPIObject): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
}
