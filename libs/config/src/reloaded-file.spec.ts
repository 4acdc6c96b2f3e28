import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReloadedFile } from './reloaded-file.js';

describe('a reloaded file', () => {
  let folder: string;
  let file: string;
  let reloaded: ReloadedFile<string>;
  const apply = vi.fn<(text: string) => void>();
  const error = vi.fn<(message: string) => void>();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reloaded-'));
    file = join(folder, 'file');
    writeFileSync(file, 'first');
    const read = (): string => {
      const text = readFileSync(file, 'utf8');
      if (text === '') throw new Error('the file is empty');
      return text;
    };
    reloaded = new ReloadedFile({ name: 'list', files: [file, undefined], read, apply, logger: { error } });
    reloaded.start();
    // The first poll, which later ones compare with, happens in the background.
    await wait(300);
  });
  afterEach(() => {
    reloaded.stop();
    rmSync(folder, { recursive: true });
    vi.clearAllMocks();
  });

  it('is applied after it has changed', async () => {
    writeFileSync(file, 'second');
    await vi.waitFor(() => expect(apply).toHaveBeenCalledExactlyOnceWith('second'), 5000);
    expect(reloaded).toMatchObject({ accepted: 1, rejected: 0 });
  });

  it('is applied after the symlink behind it has been replaced, as Kubernetes does', async () => {
    writeFileSync(join(folder, 'other'), 'third');
    symlinkSync(join(folder, 'other'), join(folder, 'link'));
    renameSync(join(folder, 'link'), file);
    await vi.waitFor(() => expect(apply).toHaveBeenCalledExactlyOnceWith('third'), 5000);
  });

  it('changes nothing while it has mistakes', () => {
    writeFileSync(file, '');
    reloaded.reload();
    expect(apply).not.toHaveBeenCalled();
    expect(reloaded).toMatchObject({ accepted: 0, rejected: 1 });
    expect(error).toHaveBeenCalledExactlyOnceWith(
      'the new list was rejected, the previous one stays active: the file is empty',
    );
  });

  it('is not watched after stop', async () => {
    reloaded.stop();
    writeFileSync(file, 'second');
    await wait(1500);
    expect(apply).not.toHaveBeenCalled();
  });
});
