/** V8's profiles → shares by function and by package. `weight` is microseconds or bytes. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const IDLE = new Set(['(idle)', '(root)']);

/**
 * The samples of a .cpuprofile, one every `interval`, between two moments; all in microseconds, and `startTime`, `start`
 * and `end` of one clock.
 */
export function readCpuProfile({ nodes: list, samples, timeDeltas, startTime }, { interval, start, end }) {
  const nodes = new Map(list.map((node) => [node.id, { ...node, ...placeOf(node.callFrame) }]));
  for (const node of nodes.values()) for (const child of node.children ?? []) nodes.get(child).parent = node;
  const weighed = [];
  let time = startTime;
  for (let index = 0; index + 1 < samples.length; index += 1) {
    time += timeDeltas[index];
    // A sample counts for the time until the next one; during a longer gap other processes had the CPU.
    const weight = Math.min(timeDeltas[index + 1], 2 * interval);
    if (time >= start && time <= end) weighed.push({ node: nodes.get(samples[index]), weight });
  }
  return summarizeProfile(weighed.filter(({ node }) => !IDLE.has(node.name)));
}

/** The call tree of a sampled heap. */
export function readAllocations(head) {
  const weighed = [];
  const visit = (node, parent) => {
    const known = { ...placeOf(node.callFrame), parent };
    weighed.push({ node: known, weight: node.selfSize });
    for (const child of node.children) visit(child, known);
  };
  visit(head, undefined);
  return summarizeProfile(weighed.filter(({ weight }) => weight > 0));
}

/**
 * `self` is a package's own weight; `charged` adds that of Node's internals and of native code to the package that was
 * nearest on the stack. Both lists have the largest first.
 */
function summarizeProfile(weighed) {
  const functions = new Map();
  const packages = new Map();
  const of = (name) => packages.get(name) ?? packages.set(name, { name, self: 0, charged: 0 }).get(name);
  let total = 0;
  for (const { node, weight } of weighed) {
    total += weight;
    const key = `${node.name} ${node.place}`;
    functions.set(key, { ...node, self: (functions.get(key)?.self ?? 0) + weight });
    of(node.package).self += weight;
    of(ownerOf(node)).charged += weight;
  }
  return {
    total,
    functions: [...functions.values()].sort((left, right) => right.self - left.self),
    packages: [...packages.values()].sort((left, right) => right.charged - left.charged || right.self - left.self),
  };
}

/** The package of the nearest function on the stack that is not part of Node. */
function ownerOf(node) {
  for (let each = node; each; each = each.parent) if (!each.isRuntime) return each.package;
  return node.package;
}

function placeOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  const line = lineNumber + 1;
  if (url === '') return { name, place: '', package: runtimeKind(name), isRuntime: true };
  if (url.startsWith('node:')) return { name, place: `${url}:${line}`, package: 'node', isRuntime: true };
  const file = url.replace(/^file:\/\//, '');
  const path = moduleAt(file, lineNumber);
  const at = path === file ? `:${line}` : ` (${basename(file)}:${line})`;
  const inPackage = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(path);
  if (inPackage) return { name, place: inPackage[2] + at, package: inPackage[1], isRuntime: false };
  // The folders that ARCHITECTURE.md names: libs/NAME, apps/proxy/src/NAME.
  const own = /(?:^|\/)dist\/(?:(libs\/[^/]+)\/src|(apps\/[^/]+\/src(?:\/[^/]+)?))\/(.*)$/.exec(path);
  return { name, place: (own?.[3] ?? path) + at, package: own?.[1] ?? own?.[2] ?? 'own', isRuntime: false };
}

/** By bundled file: the module of each line. */
const bundled = new Map();

/** The build bundles many modules in one file, each after a comment with its path. */
function moduleAt(file, lineNumber) {
  if (!/\/dist\/apps\//.test(file)) return file;
  let modules = bundled.get(file);
  if (!modules) {
    let current = file;
    modules = readFileSync(file, 'utf8')
      .split('\n')
      .map((text) => (current = /^\/\/ ((?:node_modules|dist)\/\S+)$/.exec(text)?.[1] ?? current));
    bundled.set(file, modules);
  }
  return modules[lineNumber] ?? file;
}

function runtimeKind(name) {
  if (name === '(garbage collector)') return 'garbage collector';
  // "(program)" is V8 and libuv outside JavaScript: reading sockets, parsing HTTP, the event loop.
  return name === '(program)' ? 'program' : 'native';
}
