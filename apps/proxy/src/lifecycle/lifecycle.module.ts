import { Global, Module } from '@nestjs/common';
import { Counters } from '#observability';
import { Lifecycle } from './lifecycle.js';

/** Global: the process has one lifecycle and one set of counters. */
@Global()
@Module({ providers: [Lifecycle, Counters], exports: [Lifecycle, Counters] })
export class LifecycleModule {}
