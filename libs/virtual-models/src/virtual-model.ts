import type { Capability, OllamaMessage, OllamaOptions } from '#contracts';
import { CAPABILITIES, ChatMessage, listOf } from '#contracts';
import { isRecord, parseJson } from '#primitives';

/** What a virtual model adds to the model that runs it. */
export interface Additions {
  /** System prompt of requests without one; "" for none. */
  readonly system: string;
  /** Template of prompts that are sent as text; "" for none. */
  readonly template: string;
  /** Ollama's options, for requests that do not set them. */
  readonly parameters: OllamaOptions;
  /** Messages with which every conversation begins. */
  readonly messages: readonly OllamaMessage[];
  readonly licenses: readonly string[];
  /** In place of the capabilities that the upstream reports; undefined for those. */
  readonly capabilities: readonly Capability[] | undefined;
}

/** A model that a client made from a served one (protocol W45). It is complete: changes of its parent do not reach it. */
export interface VirtualModel extends Additions {
  /** With a tag, in the case of the client. */
  readonly name: string;
  /** The served model that runs it. */
  readonly base: string;
  /** The model of its FROM line: the base, or another virtual model. */
  readonly parent: string;
  /** RFC 3339. */
  readonly modifiedAt: string;
  /** SHA-256 of everything but names of itself and times, in hexadecimal. */
  readonly digest: string;
}

/** SHA-256 of a text, in hexadecimal. */
export type Sha256 = (text: string) => string;

/** Version of the layout below; a change that older code cannot read raises it. */
const LAYOUT = 1;

/** As it is stored. */
export function writeVirtualModel(model: VirtualModel): string {
  return JSON.stringify({ layout: LAYOUT, ...model });
}

/** @returns undefined for anything that `writeVirtualModel` has not made */
export function readVirtualModel(text: string): VirtualModel | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value.layout !== LAYOUT) return undefined;
  const { name, base, parent, modifiedAt, digest, system, template } = value;
  const texts = { name, base, parent, modifiedAt, digest, system, template };
  const { parameters, licenses, capabilities } = value;
  const messages = readMessages(value.messages);
  if (!isTextRecord(texts) || !isRecord(parameters) || !isTextList(licenses) || !messages) return undefined;
  return { ...texts, parameters, messages, licenses, capabilities: readCapabilities(capabilities) };
}

type Texts = Pick<VirtualModel, 'name' | 'base' | 'parent' | 'modifiedAt' | 'digest' | 'system' | 'template'>;

function isTextRecord(texts: Record<keyof Texts, unknown>): texts is Record<keyof Texts, string> {
  return Object.values(texts).every((value) => typeof value === 'string');
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

export function readMessages(value: unknown): OllamaMessage[] | undefined {
  if (!Array.isArray(value)) return undefined;
  try {
    return listOf(ChatMessage).read(value, 'messages');
  } catch {
    return undefined;
  }
}

/** The known ones of a list; undefined for none. */
export function readCapabilities(value: unknown): readonly Capability[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const known = CAPABILITIES.filter((each) => value.includes(each));
  return known.length > 0 ? known : undefined;
}
