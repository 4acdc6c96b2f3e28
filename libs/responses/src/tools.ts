import type { OpenAiTool } from '#contracts';
import { toPortableName } from '#dialects';
import { isRecord } from '#primitives';
import type { BuiltInTool } from './built-in-tools.js';
import { builtInTool } from './built-in-tools.js';
import type { Item } from './responses-request.js';

/** Longer grammars cost more prompt than they help. */
const MAX_GRAMMAR = 4096;

/** A tool as the client declared it, found by the name that was sent upstream. */
export interface DeclaredTool {
  readonly kind: 'function' | 'custom' | 'toolSearch' | 'builtIn';
  readonly name: string;
  /** Of the kind `builtIn`. */
  readonly builtIn?: BuiltInTool;
  readonly namespace?: string;
}

/** Functions for the upstream, and what each of them is for the client. */
export class ToolSet {
  readonly functions: OpenAiTool[] = [];
  /** By the name as sent. */
  readonly declared = new Map<string, DeclaredTool>();

  /** @param tools of the request, of `additional_tools` and of `tool_search_output`; the first of two names is kept */
  add(tools: readonly Item[], namespace?: Item): void {
    for (const tool of tools) {
      if (tool.type === 'namespace') this.add(itemsOf(tool.tools), tool);
      else if (tool.defer_loading !== true) this.addOne(tool, namespace);
    }
  }

  /** The name to send for a call in the history or a choice. */
  nameOf(name: string, namespace?: string): string {
    return toPortableName(namespace === undefined || namespace === '' ? name : `${namespace}__${name}`);
  }

  /** What the client calls a function. Models sometimes leave the namespace out: a name that is unique is accepted. */
  find(sent: string): DeclaredTool {
    const exact = this.declared.get(sent);
    if (exact) return exact;
    const children = [...this.declared.values()].filter(({ name }) => name === sent);
    return (children.length === 1 ? children[0] : undefined) ?? { kind: 'function', name: sent };
  }

  /** Only the named tools. */
  restrictTo(names: ReadonlySet<string>): void {
    const kept = this.functions.filter(({ function: { name } }) => names.has(name));
    this.functions.splice(0, this.functions.length, ...kept);
  }

  private addOne(tool: Item, namespace: Item | undefined): void {
    const spaceName = typeof namespace?.name === 'string' ? namespace.name : undefined;
    const declared = toDeclared(tool, spaceName);
    if (!declared) return;
    const name = this.nameOf(declared.name, spaceName);
    if (this.declared.has(name)) return;
    this.declared.set(name, declared);
    this.functions.push({
      type: 'function',
      function: {
        name,
        description: [namespace?.description, declared.builtIn?.description ?? descriptionOf(tool)]
          .filter((each) => typeof each === 'string')
          .join('\n'),
        parameters: parametersOf(tool, declared),
      },
    });
  }
}

/** Undefined for tools that run on the servers of the real API: the model answers without them. */
function toDeclared(tool: Item, namespace: string | undefined): DeclaredTool | undefined {
  const { type, name, execution } = tool;
  const builtIn = builtInTool(tool);
  if (builtIn) return { kind: 'builtIn', name: builtIn.name, builtIn };
  if (type === 'tool_search') return execution === 'server' ? undefined : { kind: 'toolSearch', name: 'tool_search' };
  if ((type !== 'function' && type !== 'custom') || typeof name !== 'string' || name === '') return undefined;
  return { kind: type, name, ...(namespace !== undefined && { namespace }) };
}

function descriptionOf({ description, format }: Item): string {
  const text = typeof description === 'string' ? description : '';
  if (!isRecord(format) || format.type !== 'grammar') return text;
  const grammar = String(format.definition).slice(0, MAX_GRAMMAR);
  return `${text}\nThe input must match this ${String(format.syntax)} grammar:\n${grammar}`.trim();
}

function parametersOf({ parameters }: Item, { kind, builtIn }: DeclaredTool): Record<string, unknown> {
  if (builtIn) return { ...builtIn.parameters };
  if (kind === 'custom') {
    return { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
  }
  return { type: 'object', properties: {}, ...(isRecord(parameters) ? parameters : {}) };
}

function itemsOf(value: unknown): Item[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
