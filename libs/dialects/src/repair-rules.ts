import type { OpenAiMessage, OpenAiTool } from '#contracts';
import { isRecord } from '#primitives';
import type { Adaptation } from './adaptation.js';
import { findAdaptation } from './adaptation.js';
import type { AdaptationRule, Finding } from './adaptation-rules.js';
import { isExpressibleAsCompletion } from './repairs/base-model.js';
import { clampedLimit, readTokenNumbers, TOKEN_LIMIT_FIELDS } from './repairs/limits.js';
import { isPortableName } from './repairs/tools.js';
import type { Body } from './shape-request.js';

/** The limits of the OpenAI API, for rejections that name no number. */
const DEFAULT_MAX_DESCRIPTION = 1024;
const DEFAULT_MAX_CALL_ID = 40;
const DEFAULT_MAX_TOOLS = 128;

const TOO_LONG = /too (long|large|many)|max(imum|_length)?\b|at most|exceed|longer than|length|limit/i;
const UNSUPPORTED_KEYWORD =
  /not (\w+ )?(supported|permitted|allowed|recognized)|unsupported|unknown (name|field|keyword)|cannot find field|additional propert|unrecogni[sz]ed/i;

/** Opaque parts of earlier turns that the upstream does not know, or cannot read. */
const PART = String.raw`(reasoning_details|extra_content|thought[_ ]?signatures?|encrypted_content|signature)`;
/** What a message is made of: never left out. */
const ESSENTIAL_IN_MESSAGES: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls', 'tool_call_id']);
const UNKNOWN_FIELD =
  /unsupported|not (\w+ )?(supported|permitted|allowed|recognized|accepted)|extra (inputs|fields|propert)|unexpected|unrecogni[sz]ed|forbidden|unknown (field|propert|param|argument|key)/i;
const UNKNOWN_PART =
  /(reasoning_details|extra_content).{0,80}(unsupported|not (\w+ )?(supported|permitted|allowed|recognized)|extra (inputs|fields)|unexpected|unrecogni[sz]ed|forbidden|unknown)|(unsupported|unexpected|unrecogni[sz]ed|unknown|extra)\b.{0,80}(reasoning_details|extra_content)/i;
const INVALID_PART = new RegExp(
  String.raw`(invalid|corrupt(ed)?|malformed|expired|mismatch|cannot be (verified|decrypted))\b.{0,40}${PART}|${PART}.{0,60}(not valid|is invalid|corrupt|malformed|expired|mismatch|could not be|cannot be|failed)`,
  'i',
);

/**
 * Repairs of tools. The model gets the same schemas, names and descriptions, or nearly the same, and names and ids are
 * restored in the reply.
 */
const TOOL_RULES: readonly AdaptationRule[] = [
  {
    requires: 'tools',
    wording:
      /(tools?|functions?)\b[^.]{0,10}\[?\d*\]?[.\s]*(function[.\s]*)?name\b|\b(function|tool) names?\b|\btool[\w.[\]]*\.name\b|name.{0,40}(pattern|characters?)/i,
    retention: 'kept',
    scope: 'tools',
    isPreventive: true,
    adapt: ({ sent }) => (toolsOf(sent).some(({ name }) => !isPortableName(name)) ? { kind: 'tool-names' } : undefined),
  },
  {
    requires: 'tools',
    wording: /(tools?|functions?).{0,60}(duplicate|unique|more than once|same name)|duplicate.{0,40}(tools?|function)/i,
    retention: 'kept',
    scope: 'tools',
    isPreventive: true,
    adapt: ({ sent }) => (hasDuplicates(toolsOf(sent)) ? { kind: 'distinct-tools' } : undefined),
  },
  {
    requires: 'tools',
    wording: /description/i,
    retention: 'kept',
    scope: 'tools',
    adapt: ({ text, sent }) => {
      const max = limitIn(text) ?? DEFAULT_MAX_DESCRIPTION;
      const isLonger = toolsOf(sent).some(({ description = '' }) => description.length > max);
      return TOO_LONG.test(text) && isLonger ? { kind: 'tool-descriptions', max } : undefined;
    },
  },
  {
    requires: 'tools',
    wording:
      /(number of|too many|maximum|at most|up to|exceed).{0,60}\b(tools|functions)\b|\btools\b.{0,80}(too long|too many|at most|maximum|exceed|limit)/i,
    retention: 'kept',
    scope: 'tools',
    adapt: ({ text, sent }) => {
      const count = toolsOf(sent).length;
      const max = limitIn(text) ?? DEFAULT_MAX_TOOLS;
      return max < count ? { kind: 'max-tools', max } : undefined;
    },
  },
  {
    requires: 'tools',
    wording:
      /schema for (function|tool)|function[_ ]?parameters|function_?declarations?|input_?schema|tools?\b.{0,80}\b(schema|parameters|properties)|(parameters|propert(y|ies)|schema)\b.{0,80}\b(tool|function)|array schema|missing (field )?'?items|\bitems\b.{0,40}missing|(any|one|all)Of|\$ref|json schema/i,
    retention: 'kept',
    scope: 'tools',
    isPreventive: true,
    adapt: ({ text, sent, profile }) => {
      // A complaint about the answer's format is not about tools.
      if (/response_format/i.test(text) && sent.response_format !== undefined) return undefined;
      const known = findAdaptation(profile, 'tool-schemas')?.level;
      if (known === 'core') return undefined;
      return { kind: 'tool-schemas', level: known === 'valid' || isAboutKeyword(text) ? 'core' : 'valid' };
    },
  },
  {
    requires: 'messages',
    wording:
      /tool_?config|\btools?=? ?(field|param\w*|config\w*|definitions?|list)?.{0,40}(must be|is|are) (defined|provided|required|specified|set)|(requires?|missing|without|no) (any )?tools?\b|tools? (that )?(is|are|was|were) not (declared|defined|provided|available)|(undeclared|unknown|undefined) (tool|function)|must (define|declare|provide|include|have) (the )?tools|requires? (the )?\W{0,2}tools?=?\W|not (declared|defined|found|listed|present) (in|among)( the)? tools/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent }) => (hasUndeclaredCalls(sent) ? { kind: 'declare-tools' } : undefined),
  },
  {
    requires: 'messages',
    wording: /tool_?call(s|_id)?\b.{0,40}\bids?\b|\bid\b.{0,40}tool_?call|call_id|tool_?use(_id|\.id)\b/i,
    retention: 'kept',
    adapt: ({ text, sent }) => {
      // Nine characters are a rule of their own.
      if (/\b9\b/.test(text)) return undefined;
      const max = limitIn(text) ?? DEFAULT_MAX_CALL_ID;
      const isOdd = callsOf(sent).some(({ id }) => id.length > max || /[^A-Za-z0-9_-]/.test(id));
      return isOdd ? { kind: 'call-ids', max } : undefined;
    },
  },
  {
    requires: 'tools',
    wording:
      /(tools?|function call\w*|functions)\b.{0,120}(mime ?type|response_format|json[_ ](mode|object|schema)|structured|format)|(response_format|json[_ ](mode|object|schema)|structured output|response format|mime ?type).{0,120}(tools?|function)/i,
    retention: 'kept',
    scope: 'tools',
    adapt: ({ sent }) => (sent.response_format === undefined ? undefined : { kind: 'format-beside-tools' }),
  },
  {
    fields: ['tool_choice'],
    retention: 'kept',
    scope: 'tools',
    adapt: ({ value, sent }) => (isRecord(value) && toolsOf(sent).length > 0 ? { kind: 'named-choice' } : undefined),
  },
  {
    wording: /\btool(s|_choice)\b/i,
    retention: 'kept',
    adapt: ({ sent }) => {
      const isEmptyList = Array.isArray(sent.tools) && sent.tools.length === 0;
      const isChoiceAlone = sent.tool_choice !== undefined && toolsOf(sent).length === 0;
      return isEmptyList || isChoiceAlone ? { kind: 'empty-tools' } : undefined;
    },
  },
  {
    requires: 'tools',
    wording:
      /function tools with reasoning|reasoning.{0,60}(tools|function)|(tools?|function)\b.{0,80}\breasoning[ ._]?effort/i,
    retention: 'kept',
    scope: 'tools',
    adapt: ({ text, profile }) =>
      /none/i.test(text) && !findAdaptation(profile, 'no-effort-with-tools')
        ? { kind: 'no-effort-with-tools' }
        : undefined,
  },
];

const NO_TEMPLATE =
  /chat[ _-]?template\b.{0,80}(no longer|not (\w+ )?(allowed|defined|set|available|found|provided|exist|configured)|missing|must (be )?(provided?|defined?|set)|is (none|null|empty)|unset)|(\bno|without an?|missing|lacks? an?|n[o']t (have|define|provide|include)( an?)?|provide an?) (default )?chat[ _-]?template/i;
const NO_CHAT =
  /not support( the)? (chat(?! completion)|chat completions?( api| endpoint)?)\b(?! with)|only supports? (text )?completions?|not an? (chat|instruct\w*|conversational) model|(chat|conversational)\b.{0,20}(is )?not supported (by|for|on|with) (this|the) (base )?model|use (the )?['"`]?(\/?v1)?\/completions/i;

/** Models that only complete texts: the upstream has no chat template for them. */
const MODEL_RULES: readonly AdaptationRule[] = [
  {
    requires: 'messages',
    retention: 'kept',
    adapt: ({ text, sent }) => {
      const isBaseModel = (NO_TEMPLATE.test(text) || NO_CHAT.test(text)) && !/responses/i.test(text);
      return isBaseModel && isExpressibleAsCompletion(sent) ? { kind: 'completions' } : undefined;
    },
  },
];

/** Repairs of conversations: order and emptiness of messages, and what an earlier turn has to bring back. */
const MESSAGE_RULES: readonly AdaptationRule[] = [
  {
    requires: 'messages',
    wording:
      /reasoning_?content|(thinking|reasoning)\b.{0,60}(missing|passed back|required|must be (included|sent|preserved))/i,
    retention: 'kept',
    adapt: ({ text, path = '', sent }) =>
      callsOf(sent).length > 0 && unknownInMessages(`${path} ${text}`, sent) === undefined
        ? { kind: 'reasoning-history' }
        : undefined,
  },
  {
    requires: 'messages',
    retention: 'kept',
    adapt: ({ text, path = '', sent }) => {
      const field = unknownInMessages(`${path} ${text}`, sent);
      return field === undefined ? undefined : { kind: 'drop-in-messages', field };
    },
  },
  {
    requires: 'messages',
    wording: /thought[_ ]?signature/i,
    retention: 'kept',
    adapt: ({ sent }) => (callsOf(sent).length > 0 ? { kind: 'call-signatures' } : undefined),
  },
  {
    requires: 'messages',
    wording: UNKNOWN_PART,
    retention: 'kept',
    adapt: ({ sent }) => (hasOpaqueParts(sent) ? { kind: 'no-turn-parts' } : undefined),
  },
  // Parts of another account, or of a model that was replaced: this conversation goes on without them.
  {
    requires: 'messages',
    wording: INVALID_PART,
    retention: 'request',
    adapt: ({ sent }) => (hasOpaqueParts(sent) ? { kind: 'no-turn-parts' } : undefined),
  },
  {
    requires: 'messages',
    wording:
      /prefill|(must|should|has to|needs to) (end|finish) with|(last|final) (message|turn|role)|ends? with an? ?'?(assistant|model)|expected last role|add_generation_prompt|continue_final_message|(continue|resume|complete)\b.{0,30}\b(assistant|model)/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent }) => {
      const last = messagesOf(sent).at(-1);
      return last?.role === 'assistant' && !last.tool_calls ? { kind: 'continuation' } : undefined;
    },
  },
  {
    requires: 'messages',
    wording:
      /user\W.{0,30}(after|follow).{0,20}tool|tool\W.{0,30}(followed by|before).{0,20}user|role 'user' after role 'tool'|tool\b.{0,30}(followed by|after|before|next)\b.{0,30}\bassistant|after (a |the )?tool\b.{0,60}(assistant|user)|between\b.{0,30}\btool\b|\balternat/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent }) => (hasUserAfterTool(sent) ? { kind: 'assistant-after-tool' } : undefined),
  },
  {
    requires: 'messages',
    wording:
      /(empty|blank|missing|required|non-?empty|at least (one|1)|must (have|contain|not be)|invalid).{0,80}(content|text|parts)|(content|text|parts)\b.{0,80}(empty|blank|missing|required|at least (one|1)|null)|(has|have|with) no (content|text)|(requires?|lacks?|needs?|without) (a |any )?(content|text)\b|assistant.{0,40}(must|should|either).{0,40}(content|tool_calls)/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent, profile }) => {
      const empty = messagesOf(sent).filter(({ content }) => isEmpty(content));
      // A turn of calls alone becomes "" first; a placeholder is used only where that is not enough.
      const isCallsAlone = empty.every(({ content, tool_calls }) => tool_calls && (content ?? null) === null);
      return isCallsAlone && (empty.length === 0 || !findAdaptation(profile, 'empty-content'))
        ? undefined
        : { kind: 'text-required' };
    },
  },
  {
    requires: 'messages',
    wording:
      /immediately after a user turn|(first|initial) (non-system )?(message|turn|role).{0,40}user|(start|begin)s? with.{0,20}user|\balternat/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent }) => (beginsWithUser(sent) ? undefined : { kind: 'user-first' }),
  },
  {
    requires: 'messages',
    wording:
      /(tool|assistant|system)\b.{0,80}(image|multi-?modal|text|string|parts?)|content.{0,60}(must|should) be (a )?(string|text)|(image|image_url|multi-?modal)\w*\b.{0,80}(role|tool|assistant|system|only.{0,30}user)/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent }) =>
      messagesOf(sent).some(({ role, content }) => role !== 'user' && Array.isArray(content))
        ? { kind: 'plain-content' }
        : undefined,
  },
  {
    requires: 'messages',
    wording: /\b(files?|pdfs?|documents?|attachments?)\b|content.{0,30}type|part type|unsupported content|input_file/i,
    retention: 'kept',
    // A client cannot take a file out of its history: without this, one file would end the conversation.
    adapt: ({ sent }) => (hasFiles(sent) ? { kind: 'file-notes' } : undefined),
  },
];

/** Limits on values that the client's request exceeds: the largest value that is accepted is used instead. */
const LIMIT_RULES: readonly AdaptationRule[] = [
  {
    fields: TOKEN_LIMIT_FIELDS,
    causes: ['value'],
    retention: 'kept',
    adapt: ({ text, value }) => {
      const { maxOutput } = readTokenNumbers(text);
      const max = clampedLimit(Number(value), maxOutput === undefined ? {} : { maxOutput });
      return max === undefined ? undefined : { kind: 'token-limit', max };
    },
  },
  {
    fields: TOKEN_LIMIT_FIELDS,
    causes: ['value'],
    retention: 'request',
    adapt: ({ text, value, field }) => {
      if (/(at least|greater than|must be (a )?positive|minimum|>= ?\d)/i.test(text)) return undefined;
      const numbers = readTokenNumbers(text);
      if (numbers.maxOutput !== undefined && numbers.maxOutput < Number(value)) return undefined;
      const max = clampedLimit(Number(value), numbers);
      return max === undefined ? { kind: 'drop', field } : { kind: 'token-limit', max };
    },
  },
];

export const REPAIR_RULES: readonly AdaptationRule[] = [
  ...MODEL_RULES,
  ...TOOL_RULES,
  ...MESSAGE_RULES,
  ...LIMIT_RULES,
];

/** Sampling fields of which an upstream may accept one alone; the later in this list is left out. */
const EXCLUSIVE = ['temperature', 'top_p', 'top_k', 'min_p', 'frequency_penalty', 'presence_penalty'];

/** Two fields of the request that exclude each other by the complaint's text. */
export function exclusiveFields({ text, sent }: Pick<Finding, 'text' | 'sent'>): Adaptation | undefined {
  const isAboutTwo =
    /both|together|simultaneous|at the same time|only one of|one or the other|either .+ or|mutually exclusive|in combination|in conjunction/i.test(
      text,
    );
  if (!isAboutTwo) return undefined;
  const named = EXCLUSIVE.filter((field) => sent[field] !== undefined && new RegExp(`\\b${field}\\b`).test(text));
  const [kept, field] = named;
  return kept !== undefined && field !== undefined ? { kind: 'exclusive', field, with: kept } : undefined;
}

/** The limit that a text names: the first number after a word that announces one, else the smallest number. */
function limitIn(text: string): number | undefined {
  const found =
    /(?:max(?:imum)?(?:_length| length| number| of)?|at most|up to|no more than|limit(?:ed)?(?: of| to)?|longer than|exceeds?|<=|≤)\D{0,30}?(\d{1,6})\b/i.exec(
      text,
    )?.[1];
  return found === undefined ? undefined : Number(found);
}

function isAboutKeyword(text: string): boolean {
  return UNSUPPORTED_KEYWORD.test(text) && !/top level/i.test(text);
}

function messagesOf({ messages }: Body): OpenAiMessage[] {
  return Array.isArray(messages) ? (messages as OpenAiMessage[]).filter(isRecord) : [];
}

function toolsOf({ tools }: Body): OpenAiTool['function'][] {
  if (!Array.isArray(tools)) return [];
  return (tools as Partial<OpenAiTool>[]).flatMap((tool) => (isRecord(tool.function) ? [tool.function] : []));
}

function callsOf(sent: Body): { id: string; name: string }[] {
  return messagesOf(sent).flatMap(({ tool_calls }) =>
    (Array.isArray(tool_calls) ? tool_calls : []).map((call) => ({ id: call.id, name: call.function.name })),
  );
}

function hasUndeclaredCalls(sent: Body): boolean {
  const declared = new Set(toolsOf(sent).map(({ name }) => name));
  return callsOf(sent).some(({ name }) => !declared.has(name));
}

/** Some templates count the turns of user and assistant from the first message after the system prompt. */
function beginsWithUser(sent: Body): boolean {
  return messagesOf(sent).find(({ role }) => role !== 'system' && role !== 'developer')?.role === 'user';
}

/** A field of the request's messages that a complaint names, by its path or quoted, as one that the upstream does not have. */
function unknownInMessages(text: string, sent: Body): string | undefined {
  if (!UNKNOWN_FIELD.test(text)) return undefined;
  const fields = new Set(messagesOf(sent).flatMap((message) => Object.keys(message)));
  return [...fields].find((field) => !ESSENTIAL_IN_MESSAGES.has(field) && namesInMessages(text, field));
}

/** Names that are ordinary words have to be quoted, or stand in a path. */
function namesInMessages(text: string, field: string): boolean {
  if (!/^\w+$/.test(field)) return false;
  const isWord = !field.includes('_');
  return new RegExp(isWord ? `messages\\S*\\.${field}\\b|['"\`]${field}['"\`]` : `\\b${field}\\b`).test(text);
}

function hasOpaqueParts(sent: Body): boolean {
  return messagesOf(sent).some(
    ({ reasoning_details, tool_calls }) =>
      reasoning_details !== undefined ||
      (Array.isArray(tool_calls) && tool_calls.some(({ extra_content }) => extra_content !== undefined)),
  );
}

function hasDuplicates(tools: readonly { readonly name: string }[]): boolean {
  return new Set(tools.map(({ name }) => name)).size < tools.length;
}

function hasUserAfterTool(sent: Body): boolean {
  const messages = messagesOf(sent);
  return messages.some(({ role }, at) => role === 'user' && messages[at - 1]?.role === 'tool');
}

function hasFiles(sent: Body): boolean {
  return messagesOf(sent).some(
    ({ content }) => Array.isArray(content) && content.some((part) => isRecord(part) && part.type === 'file'),
  );
}

function isEmpty(content: unknown): boolean {
  if (Array.isArray(content)) return content.length === 0;
  return content === null || content === undefined || (typeof content === 'string' && content.trim() === '');
}
