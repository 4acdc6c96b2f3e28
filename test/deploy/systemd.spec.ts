import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '#config';

const UNIT = 'deploy/systemd/ollama-openai-proxy.service';
const text = readFileSync(UNIT, 'utf8');
const missing = spawnSync('systemd-analyze', ['--version']).status !== 0;

describe('the unit of systemd', () => {
  it.skipIf(missing)(`is valid${missing ? ' (skipped: systemd-analyze is not installed)' : ''}`, () => {
    const file = join(mkdtempSync(join(tmpdir(), 'unit-')), 'proxy.service');
    // The command has to exist.
    writeFileSync(file, text.replace(/^ExecStart=.*$/m, `ExecStart=${process.execPath}`));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.includes('proxy.service'))).toEqual([]);
    expect(status).toBe(0);
  });

  it('waits longer than the drain, and runs the command of the package', () => {
    const { SHUTDOWN_GRACE_SECONDS: drain } = readEnvironment({ OPENAI_API_BASE_URL: 'http://localhost/v1' });
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(drain + 5);
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
    expect(Object.keys(bin)).toContain(/^ExecStart=\/usr\/bin\/env (\S+)$/m.exec(text)?.[1]);
  });
});
