import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A text that some line of code makes an error of; `{}` stands for what varies. */
export interface ErrorText {
  readonly text: string;
  /** Those that the line names; none where they come from elsewhere. */
  readonly statuses: readonly number[];
  /** `libs/limits/src/rate-limits.ts:12` */
  readonly at: string;
}

/** What a class makes of its arguments. */
interface Kind {
  /** Of a class with one text. */
  readonly text?: ts.Expression;
  readonly statuses: readonly number[];
}

const FILES = globSync(['libs/*/src/**/*.ts', 'apps/proxy/src/**/*.ts'])
  // Examples of the API document are not what is said.
  .filter(
    (file) =>
      !file.endsWith('.spec.ts') &&
      !file.endsWith('.docs.ts') &&
      !file.endsWith('shared-responses.ts') &&
      !file.endsWith('operation-docs.ts'),
  )
  .map((file) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext, true));

const constants = new Map<string, ts.Expression>();
const functions = new Map<string, ts.FunctionLikeDeclaration>();
const kinds = new Map<string, Kind>();
const calls: (ts.CallExpression | ts.NewExpression)[] = [];

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Several files have one of the same name: each is meant in its own. */
function keepFunction({ fileName }: ts.SourceFile, name: string, node: ts.FunctionLikeDeclaration): void {
  functions.set(`${fileName} ${name}`, node).set(name, node);
}

for (const file of FILES) {
  walk(file, (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const { initializer, name } = node;
      if (ts.isArrowFunction(initializer)) keepFunction(file, name.text, initializer);
      else {
        constants.set(`${file.fileName} ${name.text}`, initializer);
        // Only these can be imported by another file.
        if (node.parent.parent.parent === file) constants.set(name.text, initializer);
      }
    }
    if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.name) {
      keepFunction(file, node.name.getText(), node);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) calls.push(node);
  });
}

function numbersIn(node: ts.Node | undefined): number[] {
  const numbers: number[] = [];
  // What a status is compared with is not what comes of it.
  if (node)
    walk(
      node,
      (each) => ts.isNumericLiteral(each) && !ts.isBinaryExpression(each.parent) && numbers.push(Number(each.text)),
    );
  return numbers.filter((number) => number >= 400 && number < 600);
}

function classIn(node: ts.Node): ts.ClassDeclaration | undefined {
  if (ts.isSourceFile(node)) return undefined;
  return ts.isClassDeclaration(node) ? node : classIn(node.parent);
}

// The hierarchy of failures: each class hands text and status up.
for (const call of calls) {
  const name = classIn(call)?.name?.text;
  if (call.expression.kind !== ts.SyntaxKind.SuperKeyword || !name || !/(Exception|Error)$/.test(name)) continue;
  if (!call.getSourceFile().fileName.startsWith('libs/errors/')) continue;
  const [text, status] = call.arguments ?? [];
  const given = status && ts.isIdentifier(status) ? parameterOf(status) : status;
  const isOwn = text !== undefined && !(ts.isIdentifier(text) && parameterOf(text));
  kinds.set(name, { ...(isOwn && { text }), statuses: numbersIn(given) });
}

function parameterOf(identifier: ts.Identifier): ts.ParameterDeclaration | undefined {
  for (let node: ts.Node = identifier; !ts.isSourceFile(node); node = node.parent) {
    const found = ts.isFunctionLike(node) && node.parameters.find(({ name }) => name.getText() === identifier.text);
    if (found) return found;
  }
  return undefined;
}

/** What a name stands for: in its own file, else wherever there is one. */
function constantOf(name: ts.Identifier): ts.Expression | undefined {
  return constants.get(`${name.getSourceFile().fileName} ${name.text}`) ?? constants.get(name.text);
}

/** Every text that an expression may become; undefined if the code does not determine it. */
function textsOf(node: ts.Expression, depth = 0): string[] | undefined {
  if (depth > 6) return undefined;
  const next = (inner: ts.Expression | undefined) => inner && textsOf(inner, depth + 1);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    let texts = [node.head.text];
    for (const { expression, literal } of node.templateSpans) {
      const inner = isOpen(expression) ? undefined : next(expression);
      texts = texts.flatMap((text) => (inner ?? ['{}']).map((each) => `${text}${each}${literal.text}`));
    }
    return texts;
  }
  if (ts.isParenthesizedExpression(node)) return next(node.expression);
  if (ts.isConditionalExpression(node)) return both(next(node.whenTrue), next(node.whenFalse));
  if (ts.isBinaryExpression(node)) return both(next(node.left), next(node.right));
  if (ts.isElementAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const object = constantOf(node.expression);
    if (!object || !ts.isObjectLiteralExpression(object)) return undefined;
    return object.properties.flatMap((each) => (ts.isPropertyAssignment(each) ? (next(each.initializer) ?? []) : []));
  }
  if (ts.isIdentifier(node)) {
    const parameter = parameterOf(node);
    return parameter ? textsAtCalls(parameter, depth) : next(constantOf(node));
  }
  if (ts.isCallExpression(node)) return textsOfCall(node, depth);
  return undefined;
}

/** A part of a text that varies, also where some of its values are known. */
function isOpen(node: ts.Expression): boolean {
  if (ts.isBinaryExpression(node)) return textsOf(node.left) === undefined;
  return ts.isIdentifier(node) && parameterOf(node) !== undefined;
}

/** The upstream's words come with what is said where there are none. */
function textsOfCall(call: ts.CallExpression, depth: number): string[] | undefined {
  const { expression, arguments: given } = call;
  const name = expression.getText();
  if (name === 'redact') return given[0] && textsOf(given[0], depth + 1);
  if (name === 'extractErrorText') return given[1] && textsOf(given[1], depth + 1);
  const body = (functions.get(`${call.getSourceFile().fileName} ${name}`) ?? functions.get(name))?.body;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return textsOf(body, depth + 1);
  const returned: string[] = [];
  walk(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression) returned.push(...(textsOf(node.expression, depth + 1) ?? []));
  });
  return returned.length > 0 ? returned : undefined;
}

/** What a function is called with: the texts of one argument at all its calls. */
function textsAtCalls(parameter: ts.ParameterDeclaration, depth: number): string[] | undefined {
  const owner = parameter.parent;
  const name = owner.name?.getText();
  const index = owner.parameters.indexOf(parameter);
  const texts = calls.flatMap((call) => {
    const called = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
    const given = called.getText() === name ? call.arguments?.[index] : undefined;
    // One word is no error's text but belongs to another function of that name.
    return given ? (textsOf(given, depth + 1) ?? []).filter((text) => text.includes(' ')) : [];
  });
  return texts.length > 0 ? texts : undefined;
}

function both(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  return left || right ? [...(left ?? []), ...(right ?? [])] : undefined;
}

/** Every error text in the code, and the places whose text cannot be determined. */
export function collectErrorTexts(): { readonly texts: ErrorText[]; readonly undetermined: string[] } {
  const texts: ErrorText[] = [];
  const undetermined: string[] = [];
  for (const call of calls) {
    const kind = ts.isNewExpression(call) ? kinds.get(call.expression.getText()) : undefined;
    const file = call.getSourceFile();
    if (!kind) continue;
    const at = `${file.fileName}:${String(file.getLineAndCharacterOfPosition(call.getStart()).line + 1)}`;
    const [first, second] = call.arguments ?? [];
    const expression = kind.text ?? first;
    const found = expression && textsOf(expression);
    if (!found) undetermined.push(`${file.fileName} ${expression?.getText() ?? ''}`);
    const named = kind.text ? [] : numbersIn(second);
    for (const text of new Set(found)) texts.push({ text, statuses: named.length > 0 ? named : kind.statuses, at });
  }
  return { texts, undetermined };
}
