import type { OllamaCreateRequest, OllamaOptions } from '#contracts';
import { BadRequestError, ProxyException } from '#errors';
import { checkOptions, checkTemplate, displayName, isValidName, plainName } from '#translation';
import { parseModelfile } from './modelfile.js';
import type { Additions, Sha256, VirtualModel } from './virtual-model.js';
import { readCapabilities } from './virtual-model.js';

/** The model of a FROM line. */
export interface Origin extends Partial<Additions> {
  /** The served model that runs it. */
  readonly base: string;
  /** The name that the list shows. */
  readonly name: string;
  /** The template that is shown for a served model; it only names what the model can do. */
  readonly shownTemplate: string;
}

/** A create request whose Modelfile, if any, has been read. */
export type CreateOrder = Pick<
  OllamaCreateRequest,
  'model' | 'from' | 'system' | 'template' | 'parameters' | 'messages' | 'license' | 'info' | 'stream'
>;

/**
 * Checks a create request before its FROM model is looked up.
 * @throws BadRequestError in Ollama's words, and for weights, which are not stored here
 */
export function readCreateOrder(request: OllamaCreateRequest): CreateOrder {
  if (!isValidName(request.model)) throw new BadRequestError('invalid model name');
  const file = request.modelfile === '' ? undefined : parseModelfile(request.modelfile);
  const { files, adapters, draft_files: drafts } = request;
  const hasFiles = [files, adapters, drafts].some((each) => Object.keys(each).length > 0);
  if (hasFiles || (file && file.adapters.length > 0))
    throw new BadRequestError(
      'this server stores no model files: FROM has to name a model that it serves, and weights and adapters belong to the upstream that runs them',
    );
  if (request.quantize !== '' || request.quantization !== '')
    throw new BadRequestError('quantization is not supported by this server: the upstream owns the weights');
  if (request.remote_host !== '')
    throw new BadRequestError(
      'remote models are not supported by this server: FROM has to name a model that it serves',
    );
  checkInfo(request.info);
  const from = request.from || (file?.from ?? '');
  if (from === '') throw new BadRequestError("neither 'from' or 'files' was specified");
  if (!isValidName(from) && isPath(from))
    throw new BadRequestError(
      'this server stores no model files: FROM has to name a model that it serves, and weights and adapters belong to the upstream that runs them',
    );
  const order: CreateOrder = {
    model: request.model,
    from,
    stream: request.stream,
    info: { ...(file?.capabilities && { capabilities: file.capabilities }), ...request.info },
    system: request.system || (file?.system ?? ''),
    template: request.template || (file?.template ?? ''),
    parameters: readParameters({ ...file?.parameters, ...request.parameters }),
    messages: request.messages.length > 0 ? request.messages : (file?.messages ?? []),
    license: request.license.length > 0 ? request.license : (file?.license ?? []),
  };
  if (order.template !== '') checkOwnTemplate(order.template);
  return order;
}

/** Fields of `info` by their type. Of these only `capabilities` has an effect: the others describe weights. */
const INFO_TYPES: Readonly<Record<string, 'string' | 'number'>> = {
  model_family: 'string',
  base_name: 'string',
  quantization_level: 'string',
  parameter_size: 'string',
  context_length: 'number',
  embedding_length: 'number',
};

/** @throws BadRequestError in Ollama's words */
function checkInfo(info: Readonly<Record<string, unknown>>): void {
  for (const [name, type] of Object.entries(INFO_TYPES)) {
    const value = info[name];
    if (value !== undefined && typeof value !== type)
      throw new BadRequestError(`info field "${name}" must be a ${type}`);
  }
}

function isPath(from: string): boolean {
  return /^[./~]/.test(from) || /\.(gguf|bin|safetensors)$/i.test(from);
}

/** The same text as an error at creation, where Ollama words it so. */
function checkOwnTemplate(template: string): void {
  try {
    checkTemplate(template);
  } catch (error) {
    if (!(error instanceof ProxyException)) throw error;
    throw new BadRequestError(`template error: ${error.message}`);
  }
}

/** A single stop sequence may stand without a list; unknown names are kept, as in every request. @throws BadRequestError for a value of the wrong type */
function readParameters(parameters: OllamaOptions): OllamaOptions {
  const { stop } = parameters;
  const read = typeof stop === 'string' ? { ...parameters, stop: [stop] } : parameters;
  try {
    checkOptions(read);
  } catch (error) {
    if (!(error instanceof ProxyException)) throw error;
    throw new BadRequestError(`parameters: ${error.message}`);
  }
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== null));
}

/** When and how a model is made: what a pure room cannot know itself. */
export interface Making {
  /** RFC 3339. */
  readonly now: string;
  readonly sha256: Sha256;
}

/**
 * The model that an order describes. What the order leaves out is taken from a virtual origin: texts and messages as a
 * whole, parameters one by one; licences add up.
 */
export function makeVirtualModel(order: CreateOrder, origin: Origin, making: Making): VirtualModel {
  const template = order.template === origin.shownTemplate ? '' : order.template;
  return complete(
    {
      name: displayName(plainName(order.model)),
      base: origin.base,
      parent: origin.name,
      system: order.system || (origin.system ?? ''),
      template: template || (origin.template ?? ''),
      parameters: { ...origin.parameters, ...order.parameters },
      messages: order.messages.length > 0 ? order.messages : (origin.messages ?? []),
      licenses: [...new Set([...(origin.licenses ?? []), ...order.license])],
      capabilities: readCapabilities(order.info.capabilities) ?? origin.capabilities,
    },
    making,
  );
}

/** The same model under another name; a served one becomes a virtual model that adds nothing. */
export function copyVirtualModel(origin: Origin, destination: string, making: Making): VirtualModel {
  const {
    base,
    name,
    system = '',
    template = '',
    parameters = {},
    messages = [],
    licenses = [],
    capabilities,
  } = origin;
  const additions = { system, template, parameters, messages, licenses, capabilities };
  return complete({ name: displayName(plainName(destination)), base, parent: name, ...additions }, making);
}

function complete(model: Omit<VirtualModel, 'digest' | 'modifiedAt'>, { now, sha256 }: Making): VirtualModel {
  const { name: _name, parent: _parent, ...content } = model;
  return { ...model, modifiedAt: now, digest: sha256(JSON.stringify(content)) };
}

/** A step of a creation as Ollama names it; layers are the parts of the model. */
export function creationSteps(model: VirtualModel, isNew: boolean, sha256: Sha256): string[] {
  const parts: unknown[] = [model.template, model.system, ...model.licenses, model.parameters, model.messages];
  const layers = parts
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .filter((part) => !['', '{}', '[]'].includes(part))
    .map((part) => `${isNew ? 'creating new' : 'using existing'} layer sha256:${sha256(part)}`);
  return [`using existing layer sha256:${sha256(model.base)}`, ...layers, 'writing manifest', 'success'];
}
