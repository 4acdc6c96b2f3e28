import { Controller, Delete, Get, HttpCode, Param, UseGuards } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Settings } from '#config';
import { ProxyException } from '#errors';
import type { AdaptationReport } from '#upstream';
import { UpstreamProfiles } from '#upstream';
import type { RequestContext } from '../edge/request-context.js';
import { Context } from '../edge/request-context.js';
import { Route } from '../routes/route.decorator.js';
import { AdaptationsGuard } from './manage.guard.js';

const ROUTE = {
  operation: 'adaptations',
  api: 'service',
  isLimited: false,
  docs: () => import('./adaptations.docs.js'),
} as const;

/** What this process has learned from the rejections of upstreams. */
@Controller('v1/adaptations')
@UseGuards(AdaptationsGuard)
export class AdaptationsController {
  private readonly workers: number;

  constructor(
    config: ConfigService<Settings, true>,
    private readonly profiles: UpstreamProfiles,
  ) {
    this.workers = config.get('server.workers', { infer: true });
  }

  /** With several processes, the adaptations of the one that takes the request. */
  @Get()
  @Route(ROUTE)
  list(@Context() context: RequestContext): { workers: number; adaptations: AdaptationReport[] } {
    return { workers: this.workers, adaptations: this.visible(context) };
  }

  @Delete()
  @HttpCode(204)
  @Route(ROUTE)
  forgetAll(@Context() context: RequestContext): void {
    this.profiles.forget(new Set(this.visible(context).map(({ id }) => id)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Route(ROUTE)
  forget(@Param('id') id: string, @Context() context: RequestContext): void {
    if (!this.visible(context).some((each) => each.id === id))
      throw new ProxyException('there is no such adaptation: it has expired or was removed', 404);
    this.profiles.forget(new Set([id]));
  }

  private visible({ access }: RequestContext): AdaptationReport[] {
    return this.profiles.list().filter(({ model }) => access.allows(model));
  }
}
