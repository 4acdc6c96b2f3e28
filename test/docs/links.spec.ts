import { existsSync, globSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeIn, documents, proseOf } from './markdown.js';

const LINK = /\[[^\]]*\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|^\[[^\]]+\]: *(\S+)/gm;

/** Paths that stand in code marks. Those with a variable part are not meant. */
const PATH = /^(apps|bench|deploy|docs|examples|libs|openapi|scripts|test)\/[\w./{},*-]+$/;

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(file).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${String(count)}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What is wrong with a link, if anything. */
function judge(file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    return URL.canParse(target) && /^(https?|mailto):/.test(target) ? undefined : 'is not an address';
  }
  const [path = '', anchor] = target.split('#', 2);
  const found = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
  if (!existsSync(found)) return `there is no ${found}`;
  if (anchor === undefined) return undefined;
  if (statSync(found).isDirectory() || !anchorsOf(found).has(anchor)) return `${found} has no heading #${anchor}`;
  return undefined;
}

function brokenIn(file: string): string[] {
  // Links in code marks are talked about, not made.
  const text = proseOf(file).replaceAll(/`[^`\n]*`/g, '``');
  return [...text.matchAll(LINK)].flatMap(([, inline, reference]) => {
    const target = inline ?? reference ?? '';
    const fault = judge(file, target);
    return fault === undefined ? [] : [`${target}: ${fault}`];
  });
}

describe('the links of the documents', () => {
  it.each(documents)('%s', (file) => {
    expect(brokenIn(file)).toEqual([]);
  });

  it('are judged', () => {
    expect(judge('README.md', 'docs/security.md#keys')).toBeUndefined();
    expect(judge('docs/security.md', '../README.md')).toBeUndefined();
    expect(judge('docs/security.md', '#who-may-call')).toBeUndefined();
    expect(judge('docs/security.md', '#who-may-fly')).toMatch('no heading');
    expect(judge('docs/security.md', 'README.md')).toMatch('there is no');
    expect(judge('README.md', 'https://exa mple')).toMatch('not an address');
    expect(judge('README.md', 'javascript:alert(1)')).toMatch('not an address');
  });

  it.each(documents)('and the paths that %s names exist', (file) => {
    const missing = codeIn(proseOf(file)).filter((code) => PATH.test(code) && globSync(code).length === 0);
    expect(missing).toEqual([]);
  });
});

describe('the pages', () => {
  it('are all reached from the README', () => {
    const reached = new Set<string>();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const [, inline = ''] of proseOf(file).matchAll(LINK)) {
        const [path = ''] = inline.split('#', 1);
        const found = normalize(join(dirname(file), path));
        // A folder shows its pages by itself.
        if (path !== '' && existsSync(found) && statSync(found).isDirectory())
          for (const page of globSync(join(found, '*.md'))) follow(page);
        else if (documents.includes(found)) follow(found);
      }
    };
    follow('README.md');
    expect(documents.filter((file) => !reached.has(file))).toEqual([]);
  });
});
