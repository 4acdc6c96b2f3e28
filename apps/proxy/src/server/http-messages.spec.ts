import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { messageClassesOf } from './http-messages.js';

it('keeps the prototypes of messages in Express, with the properties that Express adds', async () => {
  const application = express();
  const messages = messageClassesOf(application);
  const server = createServer(messages, application);
  let seen: object = {};
  application.get('/a', (request, response) => {
    seen = {
      request: Object.getPrototypeOf(request) === messages.IncomingMessage.prototype,
      response: Object.getPrototypeOf(response) === messages.ServerResponse.prototype,
      path: request.path,
      ip: request.ip,
      status: response.status(201).statusCode,
    };
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b`);
  server.close();
  expect(seen).toEqual({ request: true, response: true, path: '/a', ip: '127.0.0.1', status: 201 });
});
