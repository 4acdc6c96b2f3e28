import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { KeyRegistry } from '#access';
import type { Settings } from '#config';
import { ContinuityModule } from '#continuity';
import { LimitsModule } from '#limits';
import type { LogDestinations } from '#observability';
import { loggerOptions } from '#observability';
import { AccountModule } from './account/account.module.js';
import { ChatModule } from './chat/chat.module.js';
import { DocsModule } from './docs/docs.module.js';
import { EmbeddingsModule } from './embeddings/embeddings.module.js';
import { GenerateModule } from './generate/generate.module.js';
import { HealthModule } from './health/health.module.js';
import { ApiExceptionFilter } from './errors/api-exception.filter.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { LifecycleModule } from './lifecycle/lifecycle.module.js';
import { ManagementModule } from './management/management.module.js';
import { MetricsModule } from './telemetry/metrics/metrics.module.js';
import { ModelsModule } from './models/models.module.js';
import { RoutesModule } from './routes/routes.module.js';
import { OpenAiModule } from './openai/openai.module.js';
import { PageModule } from './page/page.module.js';

@Module({})
export class AppModule {
  /** Settings are passed in, so that one process can run several applications, as tests do. */
  static with(settings: Settings, log?: LogDestinations): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, skipProcessEnv: true, load: [() => settings] }),
        LoggerModule.forRoot(loggerOptions(settings.log, log)),
        RoutesModule,
        LifecycleModule,
        ...(settings.limits.enabled ? [LimitsModule.with(settings.limits)] : []),
        ContinuityModule.with(settings.continuity),
        ChatModule,
        EmbeddingsModule,
        GenerateModule,
        ModelsModule,
        ManagementModule,
        AccountModule,
        // Before OpenAiModule, whose wildcard routes take every path below /v1.
        ...(settings.metrics.enabled ? [MetricsModule.at(settings.metrics.path)] : []),
        // Before HealthModule, which answers `/` where the page does not.
        ...(settings.server.hasPage ? [PageModule] : []),
        HealthModule.with(settings.health),
        OpenAiModule,
        // Last, so that its routes are matched after all others.
        ...(settings.docs.enabled ? [DocsModule] : []),
      ],
      providers: [
        KeyRegistry,
        { provide: APP_FILTER, useClass: ApiExceptionFilter },
        // Without limits no guard is run.
        ...(settings.limits.enabled ? [RateLimitGuard, { provide: APP_GUARD, useExisting: RateLimitGuard }] : []),
      ],
    };
  }
}
