import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Settings } from '#config';
import { loggerOptions } from '#observability';
import { AccountModule } from './account/account.module.js';
import { ChatModule } from './chat/chat.module.js';
import { EmbeddingsModule } from './embeddings/embeddings.module.js';
import { GenerateModule } from './generate/generate.module.js';
import { HealthModule } from './health/health.module.js';
import { CorrelationIdInterceptor } from './http/correlation-id.interceptor.js';
import { OllamaExceptionFilter } from './http/ollama-exception.filter.js';
import { ManagementModule } from './management/management.module.js';
import { ModelsModule } from './models/models.module.js';
import { OpenAiModule } from './openai/openai.module.js';

@Module({})
export class AppModule {
  /** The settings come from outside, checked: one process may run several proxies (the tests do). */
  static with(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, skipProcessEnv: true, load: [() => settings] }),
        LoggerModule.forRoot(loggerOptions(settings.log)),
        ChatModule,
        EmbeddingsModule,
        GenerateModule,
        ModelsModule,
        ManagementModule,
        AccountModule,
        OpenAiModule,
        HealthModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: OllamaExceptionFilter },
        { provide: APP_INTERCEPTOR, useClass: CorrelationIdInterceptor },
      ],
    };
  }
}
