/**
 * The baseline R: a bare Node server that pipes the bytes of requests and responses. It parses, logs and decides nothing,
 * so the difference is the cost of the proxy. Options: --port N, --to URL.
 */
import { Agent, createServer, request as openRequest } from 'node:http';
import { parseArgs } from 'node:util';
import { announce } from './child.mjs';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, to: { type: 'string' } } });
const { hostname, port } = new URL(values.to);
const agent = new Agent({ keepAlive: true, maxFreeSockets: 4096 });

const server = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const call = openRequest({ agent, hostname, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  call.once('error', () => outgoing.destroy());
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) call.destroy();
  });
  incoming.pipe(call);
});

server.keepAliveTimeout = 120_000;
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => announce(server));
