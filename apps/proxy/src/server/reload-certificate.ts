import { Logger } from '@nestjs/common';
import type { Server } from 'node:https';
import type { ServerTls } from '#config';
import { readKeyPair, ReloadedFile } from '#config';

/**
 * Presents the new certificate to new connections after its files have changed. Files that do not belong together, as
 * half-way through a renewal, leave the previous certificate active.
 */
export function reloadCertificate(server: Server, { certFile, keyFile, pair }: ServerTls): void {
  const logger = new Logger('Tls');
  let current = pair;
  const file = new ReloadedFile({
    name: 'certificate',
    files: [certFile, keyFile],
    read: () => readKeyPair(certFile, keyFile),
    apply: (read) => {
      if (read.cert === current.cert && read.key === current.key) return;
      server.setSecureContext(read);
      current = read;
      logger.log('certificate reloaded');
    },
    logger,
  });
  file.start();
  server.once('close', () => file.stop());
}
