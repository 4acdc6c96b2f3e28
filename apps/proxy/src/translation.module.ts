import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { TranslationService } from '#translation';
import { timestamp } from './reply/timestamp.js';

/** Ids look like Ollama's (protocol W31). */
const newToolCallId = (): string => `call_${randomBytes(5).toString('hex').slice(0, 8)}`;

const clock = { now: () => performance.now(), timestamp };

/** Makes the pure TranslationService injectable with a clock and random ids. */
@Module({
  providers: [{ provide: TranslationService, useFactory: () => new TranslationService(clock, newToolCallId) }],
  exports: [TranslationService],
})
export class TranslationModule {}
