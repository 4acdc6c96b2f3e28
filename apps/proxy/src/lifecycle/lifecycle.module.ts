import { Global, Module } from '@nestjs/common';
import { Counters } from '#observability';
import { Lifecycle } from './lifecycle.js';

/** For every room of the application: there is one life, and one place to count in. */
@Global()
@Module({ providers: [Lifecycle, Counters], exports: [Lifecycle, Counters] })
export class LifecycleModule {}
