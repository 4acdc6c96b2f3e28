import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { stringify } from 'yaml';
import { freePort } from './free-port.js';

/** Why there is no Prometheus; undefined when there is one. */
export const prometheusMissing =
  spawnSync('prometheus', ['--version']).status === 0 ? undefined : 'it is not installed; Debian: prometheus';

/** One series of an answer: its labels, and the time and the number. */
interface Vector {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}
interface RuleState {
  readonly name: string;
  /** Of an alert: inactive, pending or firing. */
  readonly state: string;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError?: string;
}

export interface Prometheus {
  query(expression: string): Promise<readonly Vector[]>;
  /** The labels of the exemplars of a series within the last minute. */
  exemplars(expression: string): Promise<readonly Readonly<Record<string, string>>[]>;
  rules(): Promise<readonly RuleState[]>;
  stop(): Promise<void>;
}

/** A real one that scrapes a target once a second, with the labels that Kubernetes would give it. @param target host:port */
export async function startPrometheus(target: string, ruleGroups: object): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'llmproxy', static_configs: [{ targets: [target], labels: { pod: 'a' } }] }],
  };
  await writeFile(join(folder, 'rules.yml'), stringify(ruleGroups));
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=${address}`,
      '--log.level=error',
      '--enable-feature=exemplar-storage',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
    await rm(folder, { recursive: true, force: true });
  };
  const get = async (path: string): Promise<unknown> => {
    const answer = (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data: unknown;
    };
    if (answer.status !== 'success') throw new Error(`${decodeURIComponent(path)}: ${answer.error ?? ''}`);
    return answer.data;
  };
  const isUp = (): Promise<boolean> =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let tries = 0; !(await isUp()); tries += 1) {
    if (tries === 200 || child.exitCode !== null) {
      await stop();
      throw new Error(`Prometheus did not start: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    query: async (expression) => {
      const { result } = (await get(`query?query=${encodeURIComponent(expression)}`)) as { result: Vector[] };
      return result;
    },
    exemplars: async (expression) => {
      const now = Date.now() / 1000;
      const range = `start=${String(now - 60)}&end=${String(now + 1)}`;
      const series = await get(`query_exemplars?query=${encodeURIComponent(expression)}&${range}`);
      return (series as { exemplars: { labels: Record<string, string> }[] }[]).flatMap(({ exemplars }) =>
        exemplars.map(({ labels }) => labels),
      );
    },
    rules: async () => {
      const { groups } = (await get('rules')) as { groups: { rules: RuleState[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
    stop,
  };
}
