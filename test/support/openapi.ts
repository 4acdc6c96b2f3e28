import type { OpenAPIObject } from '@nestjs/swagger';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readSettings } from '#config';
import { createApplication } from '../../apps/proxy/src/bootstrap.js';
import { openApiDocument } from '../../apps/proxy/src/docs/document.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
interface Media {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Record<string, { value: unknown }>;
}

/** One operation of the document. */
export interface Documented {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The document of a proxy with the defaults. */
export async function defaultDocument(): Promise<OpenAPIObject> {
  const { app } = await createApplication(
    readSettings({ OPENAI_API_BASE_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'ERROR' }),
  );
  const document = await openApiDocument(app);
  await app.close();
  return document;
}

export function operationsOf(document: OpenAPIObject): Documented[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation: operation as Operation,
    })),
  );
}

/** The bodies of a request or an answer, by media type. */
export function contentOf(part: unknown): [type: string, media: Media][] {
  return Object.entries((part as { content?: Record<string, Media> } | undefined)?.content ?? {});
}

export function examplesOf({ example, examples = {} }: Media): unknown[] {
  return [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
}

/** Checks values against schemas of the document. */
export function validatorOf(document: OpenAPIObject): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'doc', components: document.components });
  return (schema) => ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')) as object);
}
