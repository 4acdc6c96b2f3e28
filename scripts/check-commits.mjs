// Checks that the subjects of new commits follow Conventional Commits: `node scripts/check-commits.mjs`
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** The last commit before the rule applied. */
const BASE = '1199aae';

const TYPES = ['build', 'chore', 'ci', 'docs', 'feat', 'fix', 'perf', 'refactor', 'revert', 'style', 'test'];

/** Longer subjects are cut off by `git log --oneline` in a terminal and by code hosts. */
const MAX_LENGTH = 72;

const SUBJECT = new RegExp(`^(${TYPES.join('|')})(\\([a-z0-9-]+\\))?!?: \\S.*[^.\\s]$`);

/** What is wrong with the subject of a commit, or undefined. */
export function checkSubject(subject) {
  if (!SUBJECT.test(subject)) return `must look like "type(scope): subject", with one of the types ${TYPES.join(', ')}`;
  return subject.length > MAX_LENGTH ? `must have at most ${MAX_LENGTH} characters, has ${subject.length}` : undefined;
}

function git(...args) {
  return spawnSync('git', args, { encoding: 'utf8' });
}

function main() {
  if (git('cat-file', '-e', BASE).status !== 0) {
    console.log(`skipped: the history does not contain ${BASE}`);
    return;
  }
  const commits = git('log', '--no-merges', '--format=%h %s', `${BASE}..HEAD`).stdout.split('\n').filter(Boolean);
  for (const commit of commits) {
    const [hash] = commit.split(' ', 1);
    const mistake = checkSubject(commit.slice(hash.length + 1));
    if (mistake === undefined) continue;
    console.error(`${commit}\n  ${mistake}`);
    process.exitCode = 1;
  }
  console.log(`${commits.length} commits checked`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
