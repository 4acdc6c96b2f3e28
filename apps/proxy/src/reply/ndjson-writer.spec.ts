import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Response } from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReplyStream } from '#translation';
import { NdjsonWriter } from './ndjson-writer.js';

/** An answer of which text is ready whenever it was added: what was added since the last line is one line. */
class Answer {
  private ready = '';
  readonly stream = { take: () => this.take() } as unknown as ReplyStream;

  constructor(readonly isSplit = false) {}

  get isReady(): boolean {
    return this.ready !== '';
  }

  add(text: string): ReplyStream {
    this.ready += text;
    return this.stream;
  }

  private take(): string[] {
    const { ready } = this;
    this.ready = '';
    if (ready === '') return [];
    return (this.isSplit ? Array.from(ready) : [ready]).map((text) => `${text}\n`);
  }
}

const closing: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) close();
});

/** What a client gets of a reply that `write` writes. */
async function replyOf(write: (writer: NdjsonWriter) => Promise<unknown>): Promise<string> {
  const server = createServer((_request, response) => void write(new NdjsonWriter(response as Response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const reply = await fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  return reply.text();
}

describe('NdjsonWriter', () => {
  it('joins text that is ready too soon after a line, and sends it even if nothing follows', () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const written: string[] = [];
    const write = (text: string): boolean => written.push(text) > 0;
    const response = { headersSent: true, destroyed: false, socket: null, write } as unknown as Response;
    const writer = new NdjsonWriter(response);
    const answer = new Answer();

    for (const text of ['a', 'b', 'c', 'd']) expect(writer.send(answer.add(text))).toBeUndefined();
    expect(written).toEqual(['a\n']);
    vi.advanceTimersByTime(1);

    expect(written).toEqual(['a\n', 'bcd\n']);
  });

  it('sends lines of several kinds one by one before what follows', async () => {
    const answer = new Answer(true);
    const reply = await replyOf(async (writer) => {
      await writer.send(answer.add('ab'));
      await writer.send(answer.add('cd'));
      while (answer.isReady) await wait(1);
      await writer.send(answer.add('ef'));
      await writer.end([...answer.stream.take(), 'end\n']);
    });
    expect(reply).toBe('a\nb\nc\nd\ne\nf\nend\n');
  });

  it('sends text that is ready before the error', async () => {
    const answer = new Answer();
    const reply = await replyOf(async (writer) => {
      void writer.send(answer.add('a'));
      void writer.send(answer.add('b'));
      await writer.fail(new Error('broken'));
    });
    expect(reply.split('\n').slice(0, 2)).toEqual(['a', 'b']);
    expect(reply).toMatch(/\n\{"error":/);
  });
});
