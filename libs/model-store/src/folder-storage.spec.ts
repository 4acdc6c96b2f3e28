import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.js';

let folder: string;
let storage: FolderStorage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
  storage = await FolderStorage.open(folder);
  return async () => {
    await storage.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

const texts = async (): Promise<string[]> => [...(await storage.readAll()).values()].sort();
const unfinished = (): string => join(folder, `.${'a'.repeat(64)}.${randomUUID()}.tmp`);

describe('a folder of models', () => {
  it('keeps what is written, replaces it and removes it', async () => {
    expect(await storage.write('a', 'one', 9)).toBe(true);
    expect(await storage.write('a', 'two', 9)).toBe(true);
    expect([await storage.read('a'), await texts()]).toEqual(['two', ['two']]);
    expect([await storage.remove('a'), await storage.remove('a'), await storage.read('a')]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it('never leaves the folder, whatever the name', async () => {
    for (const key of ['../up', '/etc/passwd', 'x'.repeat(5000), 'a/b', '..', 'ü🙂\0']) {
      expect(await storage.write(key, key, 99)).toBe(true);
      expect(await storage.read(key)).toBe(key);
    }
    expect(readdirSync(folder).every((file) => /^[0-9a-f]{64}\.json$/.test(file))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(6);
  });

  it('shows nothing of a write that was interrupted before its rename', async () => {
    await storage.write('a', 'whole', 9);
    writeFileSync(unfinished(), 'ha');
    const reopened = await FolderStorage.open(folder);
    expect([...(await reopened.readAll()).values()]).toEqual(['whole']);
    // It does not count either.
    expect(await reopened.write('b', 'whole too', 2)).toBe(true);
  });

  it('shows the others where one cannot be read', async () => {
    await storage.write('a', 'whole', 9);
    mkdirSync(join(folder, `${'d'.repeat(64)}.json`));
    symlinkSync(join(folder, `${'e'.repeat(64)}.json`), join(folder, `${'e'.repeat(64)}.json`));
    symlinkSync(join(folder, 'missing'), join(folder, `${'f'.repeat(64)}.json`));
    expect(await texts()).toEqual(['', '', 'whole']);
  });

  it('removes interrupted writes when it is opened, but none that may still run', async () => {
    const [old, young] = [unfinished(), unfinished()];
    for (const path of [old, young]) writeFileSync(path, '');
    const past = Date.now() / 1000 - 120;
    utimesSync(old, past, past);
    writeFileSync(join(folder, 'notes.txt'), 'of the user');
    utimesSync(join(folder, 'notes.txt'), past, past);
    await FolderStorage.open(folder);
    expect(readdirSync(folder).sort()).toEqual([young.slice(folder.length + 1), 'notes.txt'].sort());
  });

  it('fails as a whole where the rename fails', async () => {
    await storage.write('a', 'one', 9);
    const [file = ''] = readdirSync(folder);
    rmSync(join(folder, file));
    // A folder in the place of the file cannot be replaced by one.
    mkdirSync(join(folder, file));
    await expect(storage.write('a', 'two', 9)).rejects.toThrow();
    expect(readdirSync(folder).filter((each) => each.endsWith('.tmp'))).toEqual([]);
  });

  it('takes no more models than allowed, but replaces', async () => {
    expect(await storage.write('a', '1', 2)).toBe(true);
    expect(await storage.write('b', '2', 2)).toBe(true);
    expect(await storage.write('c', '3', 2)).toBe(false);
    expect(await storage.write('b', '4', 2)).toBe(true);
    expect(await texts()).toEqual(['1', '4']);
  });

  it('has another version after each change', async () => {
    const versions = [await storage.version()];
    await storage.write('a', '1', 9);
    versions.push(await storage.version());
    await storage.remove('a');
    versions.push(await storage.version());
    expect(new Set(versions).size).toBe(3);
  });
});
