import { Logger } from '@nestjs/common';
import type { StatsListener } from 'node:fs';
import { unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import type { ServerTls } from '#config';
import { readKeyPair } from '#config';

/** How often the files are looked at. Polling follows the symlinks of a mounted Secret, watching does not. */
const WATCH_MS = 1000;

/** One renewal changes two files, not always in the same moment. */
const SETTLE_MS = 200;

/**
 * Shows the new certificate to whoever connects after its files have changed. Files that do not fit leave the old one in
 * force; half a renewal is such a case.
 */
export function renewCertificate(server: Server, { certFile, keyFile, pair }: ServerTls): void {
  const logger = new Logger('Tls');
  let current = pair;
  let settling: NodeJS.Timeout | undefined;
  const renew = (): void => {
    settling = undefined;
    const read = readKeyPair(certFile, keyFile);
    if (Array.isArray(read)) {
      logger.error(`the new certificate is refused, the old one stays in force: ${read.join('; ')}`);
      return;
    }
    if (read.cert === current.cert && read.key === current.key) return;
    server.setSecureContext(read);
    current = read;
    logger.log('certificate read anew');
  };
  const look: StatsListener = (now, before) => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size)
      settling ??= setTimeout(renew, SETTLE_MS).unref();
  };
  const files = [certFile, keyFile];
  for (const file of files) watchFile(file, { interval: WATCH_MS, persistent: false }, look);
  server.once('close', () => {
    clearTimeout(settling);
    for (const file of files) unwatchFile(file, look);
  });
}
