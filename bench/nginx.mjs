/** nginx as a second baseline: a byte pipe in C. One worker, no buffering, persistent connections to the upstream. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, scratch, startProgram } from './processes.mjs';

export async function startNginx(program, upstream) {
  const port = await freePort();
  const root = join(scratch, `nginx-${port}`);
  mkdirSync(root, { recursive: true });
  const path = join(root, 'nginx.conf');
  writeFileSync(path, configuration(root, port, new URL(upstream.origin).host));
  return startProgram(program, ['-c', path, '-p', root, '-e', join(root, 'error.log')], port, '/v1/models');
}

function configuration(root, port, address) {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${root}/${kind};`,
  );
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid ${root}/nginx.pid;
error_log ${root}/error.log error;
events { worker_connections 4096; }
http {
  access_log off;
  ${paths.join(' ')}
  client_max_body_size 64m;
  client_body_buffer_size 16m;
  keepalive_requests 1000000;
  upstream target { server ${address}; keepalive 1024; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://target;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}
