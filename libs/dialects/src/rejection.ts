import { isRecord, parseJson } from '#primitives';
import { isContextOverflow } from './error-status.js';
import { imagesIn } from './repairs/images.js';
import { TOKEN_LIMIT_FIELDS } from './repairs/limits.js';
import { hasLoneSurrogates } from './repairs/well-formed.js';

type Body = Readonly<Record<string, unknown>>;

/** A rejection as it arrived. */
export interface Rejection {
  readonly status: number;
  readonly body: string;
}

/**
 * What a rejection is directed against: `field`, which the upstream does not have; `option`, a value that this model does
 * not offer; `value`, one that is out of range or malformed; `unclear`.
 */
export type Cause = 'field' | 'option' | 'value' | 'unclear';

/** One statement of a rejection. A list of validation errors has several. */
export interface Complaint {
  readonly text: string;
  /** The field that `param` or `loc` names, if it does. */
  readonly path: string | undefined;
  /** Machine-readable codes: `code`, `type`. */
  readonly code: string;
}

/** Rejections that no change of the request's form can resolve. */
const OTHER_REASONS =
  /content[_ ](filter|policy|management)|moderation|insufficient_quota|rate.?limit|billing|credit|api[_ ]key/i;

/** A chat template that rejects the conversation; some servers report it with status 500. */
const TEMPLATE_FAILURE = /jinja|chat template|raise_exception|system message must|roles must alternate/i;

export function isAboutRequest({ status, body }: Rejection): boolean {
  const isRejected =
    status === 400 ||
    status === 422 ||
    (status === 404 && /support/i.test(body)) ||
    (status === 500 && TEMPLATE_FAILURE.test(body));
  return isRejected && !OTHER_REASONS.test(body);
}

/** Statuses with which upstreams reject a prompt that is too long; local servers use 500. */
const OVERFLOW_STATUSES: ReadonlySet<number> = new Set([400, 413, 422, 500]);

/** Parts of a request that have a length of their own. */
const PART_OF_REQUEST =
  /\b(description|tool_?calls?|call_?ids?|(function|tool) names?|stop (sequences?|words?)|metadata|user id)\b|\.(name|id)\b/i;

/** The limit on the answer's tokens is what is rejected, not the prompt. */
const LIMIT_OF_ANSWER =
  /max_?(completion_|output_|new_)?tokens\b.{0,60}(too (large|big|high)|exceed|greater|larger|above|must|at most|invalid|limit)|(reduce|lower|decrease|maximum value).{0,40}max_?(completion_|output_|new_)?tokens/i;

/** Whether the prompt is too long for the model. A limit on the answer's tokens alone is something else. */
export function isOverflow({ status, body }: Rejection, sent: Body): boolean {
  if (!OVERFLOW_STATUSES.has(status)) return false;
  return readComplaints(body, sent).some((complaint) => {
    if (!isContextOverflow(`${complaint.code} ${complaint.text}`) || PART_OF_REQUEST.test(complaint.text)) return false;
    const isLimited = TOKEN_LIMIT_FIELDS.some((field) => sent[field] !== undefined);
    return !isLimited || !LIMIT_OF_ANSWER.test(complaint.text);
  });
}

/**
 * The statements of an error body: OpenAI's `error` object, FastAPI's `detail` list (also as the text of a message, as older
 * vLLM versions send it), or plain text. `input` and `ctx` are ignored and texts of the request are removed, because they
 * are the client's words and not the upstream's.
 */
export function readComplaints(body: string, sent: Body): Complaint[] {
  const complaints: Complaint[] = [];
  collect(parseJson(body.trim()) ?? body, complaints);
  const quoted = clientTexts(sent);
  const fields = new Set(Object.keys(sent).flatMap((field) => [field, toCamelCase(field)]));
  return complaints.map((each) => ({
    ...each,
    // Some servers have a code in the place of the path.
    path: each.path !== undefined && fields.has(fieldOf(each.path)) ? each.path : undefined,
    text: quoted.reduce((text, own) => text.replaceAll(own, '…'), each.text),
  }));
}

/** A sentence or two; validation errors repeat whole requests. */
const MAX_REASON_CHARACTERS = 300;

/** The statements of a rejection on one line, for people. Without texts of the request. */
export function summarizeRejection({ status, body }: Rejection, sent: Body): string {
  const texts = new Set(readComplaints(body, sent).map(({ text }) => text.trim().replace(/\s+/g, ' ')));
  const summary = `${String(status)}: ${[...texts].join('; ')}`;
  return summary.length > MAX_REASON_CHARACTERS ? `${summary.slice(0, MAX_REASON_CHARACTERS)}…` : summary;
}

const MAX_DEPTH = 6;

function collect(value: unknown, into: Complaint[], parent?: Record<string, unknown>, depth = 0): void {
  if (depth > MAX_DEPTH) return;
  if (typeof value === 'string') {
    const start = /[[{]/.exec(value)?.index;
    const inner = start === undefined ? undefined : parseJson(toJson(value.slice(start)));
    const before = into.length;
    if (isRecord(inner) || (Array.isArray(inner) && isRecord(inner[0]))) collect(inner, into, parent, depth + 1);
    if (into.length === before) into.push({ text: value, path: pathOf(parent), code: codeOf(parent) });
  } else if (Array.isArray(value)) {
    for (const each of value) collect(each, into, parent, depth + 1);
  } else if (isRecord(value)) {
    const inner = [value.error, value.detail, value.errors, value.message, value.msg, value.title].filter(
      (each) => typeof each === 'string' || (typeof each === 'object' && each !== null),
    );
    const raw = isRecord(value.metadata) ? value.metadata.raw : undefined;
    for (const each of raw === undefined ? inner : [...inner, raw]) collect(each, into, value, depth + 1);
  }
}

/** Older vLLM versions put Python's form of a list into the message. */
function toJson(text: string): string {
  if (!text.startsWith("[{'")) return text;
  return text
    .replace(/\(([^()]*?),?\)/g, '[$1]')
    .replace(/'/g, '"')
    .replace(/\bNone\b/g, 'null')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false');
}

function pathOf(parent: Record<string, unknown> | undefined): string | undefined {
  const { param, loc } = parent ?? {};
  if (Array.isArray(loc)) return loc.join('.') || undefined;
  return typeof param === 'string' && param !== '' ? param : undefined;
}

function codeOf(parent: Record<string, unknown> | undefined): string {
  return [parent?.code, parent?.type].filter((each) => typeof each === 'string').join(' ');
}

/** Texts of the request that a rejection might quote. */
function clientTexts({ messages, prompt, input }: Body): string[] {
  const texts = [prompt, ...(Array.isArray(input) ? (input as unknown[]) : [input])];
  for (const message of Array.isArray(messages) ? (messages as unknown[]) : []) {
    const content = isRecord(message) ? message.content : undefined;
    if (Array.isArray(content)) texts.push(...content.map((part: unknown) => (isRecord(part) ? part.text : undefined)));
    else texts.push(content);
  }
  return texts.filter((each): each is string => typeof each === 'string' && each.length > 3);
}

/** Codes of OpenAI and pydantic, which are more reliable than texts. */
const FIELD_CODE = /extra_forbidden|unsupported_parameter|unknown_parameter|unrecognized/i;
const OPTION_CODE = /unsupported_value/i;
const VALUE_CODE =
  /(above|below)_m|less_than|greater_than|too_(long|short|large|small|many|few)|_type\b|_parsing|invalid_(value|type)|finite/i;

const OPTION_TEXT =
  /unsupported value|does not support \S{1,40} with|only (the )?default|supported values|one of the following|unknown variant/i;
const VALUE_TEXT =
  /\b(above|below|beyond|greater|less|more|larger|smaller|higher|lower|fewer) |\bat (most|least)\b|\b(max|maximum|min|minimum)\b|\brange\b|\bbetween\b|\bmust (?!not\b|be (omitted|unset|absent|removed))|\bshould (?!not\b)|\bexpect(s|ed)?\b|\bgot\b|invalid (value|type)|\btoo \w+|exceed|\b(positive|negative|non-?negative|integer|decimal|finite|numeric)\b|not (a|an) (valid|number|string|boolean)|<=|>=|[≤≥]/i;
const FIELD_TEXT =
  /\bnot (\w+ )?(supported|recognized|recognised|allowed|permitted|accepted|available|known)\b|unsupported|unavailable|unrecogni[sz]ed|unknown|unexpected|extra (input|field|parameter|argument)|cannot (find field|be (set|used|specified))|does not (support|accept|have|recognize)|no such (field|parameter|argument)|must (not be|be (omitted|unset|absent|removed))/i;

/** What a complaint about a field with the value `value` is directed against. A quoted value makes it one about the value. */
export function causeOf({ text, code }: Complaint, value: unknown): Cause {
  if (FIELD_CODE.test(code)) return 'field';
  if (OPTION_CODE.test(code)) return 'option';
  if (VALUE_CODE.test(code)) return 'value';
  if (OPTION_TEXT.test(text)) return 'option';
  if (VALUE_TEXT.test(text)) return 'value';
  if (quotes(text, value)) return 'option';
  return FIELD_TEXT.test(text) ? 'field' : 'unclear';
}

function quotes(text: string, value: unknown): boolean {
  if (typeof value === 'number') return mentions(text, String(value).replace(/[.+]/g, '\\$&'));
  return typeof value === 'string' && value !== '' && mentions(text, value.replace(/[^\w-]/g, '\\$&'));
}

/** The field is named: in snake case, in camel case, quoted, or as part of a path, but not as part of another name. */
export function namesField({ text, path }: Complaint, field: string): boolean {
  const pattern = `(?:${field}|${toCamelCase(field)})`;
  return path === undefined ? mentions(text, pattern) : new RegExp(`^${pattern}$`).test(fieldOf(path));
}

/** The first segment of a path: `messages` of `messages[0].role`. */
function fieldOf(path: string): string {
  const [first = '', second] = path.replace(/^body\./, '').split(/[.[\]]+/);
  return second !== undefined && WRAPPERS.has(first) ? second : first;
}

/** Objects that some gateways put the fields into. */
const WRAPPERS = new Set(['request', 'options', 'params', 'parameters', 'generation_config', 'generationConfig']);

function toCamelCase(field: string): string {
  return field.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function mentions(text: string, pattern: string): boolean {
  return new RegExp(`(^|[^A-Za-z0-9_])${pattern}([^A-Za-z0-9_]|$)`).test(text);
}

/** Words about text that is not Unicode, or JSON that cannot be read because of it. */
const ABOUT_ENCODING =
  /surrogate|utf-?(8|16)|unicode|codec|encoding|hex escape|escape sequence|(invalid|unexpected|illegal) (character|escape|string)|\bjson\b/i;

const ENCODING_STATUSES: ReadonlySet<number> = new Set([400, 422, 500]);

/** Whether the upstream probably cannot read half of a surrogate pair that the request contains. */
export function rejectsLoneSurrogates({ status, body }: Rejection, sent: Body): boolean {
  return ENCODING_STATUSES.has(status) && ABOUT_ENCODING.test(body) && hasLoneSurrogates(sent);
}

const ABOUT_IMAGE =
  /(image|picture|media|mime|webp)\b.{0,80}(load|decod|encod|format|type|support|invalid|process|unrecogni|identif|open|corrupt)|(load|decod|read|process|support|invalid|unrecogni|identif|open|accept)\w*\b.{0,60}(image|picture|webp)/i;

/** The model cannot see at all. */
const WITHOUT_VISION =
  /image (input|content)s? (is|are) not supported|(model|endpoint|provider|server)s?\b[^.]{0,60}(not|n't|no)\b[^.]{0,30}(support|accept|have)\w* (image|vision|multi-?modal)|not a (vision|multi-?modal)|image input is not supported|no endpoints/i;

const IMAGE_STATUSES: ReadonlySet<number> = new Set([400, 415, 422, 500]);

/** Formats that not every upstream can read. */
const RARE_IMAGE = /^image\/(webp|avif|heic|heif|bmp|gif|tiff)$/;

/** The types of the request's images that the upstream probably cannot read; none if the rejection is about something else. */
export function unreadableImageTypes({ status, body }: Rejection, sent: Body): string[] {
  if (!IMAGE_STATUSES.has(status) || !ABOUT_IMAGE.test(body) || WITHOUT_VISION.test(body)) return [];
  return [...new Set(imagesIn(sent).map(({ type }) => type))].filter((type) => RARE_IMAGE.test(type));
}

/** A JSON schema of the client that no upstream could use: the wording is about the schema and not about what is supported. */
export function isInvalidSchema(body: string, sent: Body): boolean {
  if (sent.response_format === undefined || hasOtherRoot(sent)) return false;
  return readComplaints(body, sent).some(({ text }) => {
    if (!/schema|grammar|response_format/i.test(text) || /invalid schema for function/i.test(text)) return false;
    if (/additionalProperties|support|permitted|allowed|'?required'? .*(every|all)|strict/i.test(text)) return false;
    return /invalid (json )?schema|schema is (invalid|not valid)|is not a valid type|not valid under|unresolved|\$ref|(failed|unable|error).{0,30}(parse|convert|compile|process).{0,20}(schema|grammar)|schema (conversion|compilation|parsing) (failed|error)|unrecognized schema|not a valid json schema/i.test(
      text,
    );
  });
}

/** A valid schema whose root is no object: some upstreams accept objects only. */
function hasOtherRoot({ response_format: format }: Body): boolean {
  const schema = isRecord(format) && isRecord(format.json_schema) ? format.json_schema.schema : undefined;
  return isRecord(schema) && typeof schema.type === 'string' && schema.type !== 'object';
}
