import { Injectable } from '@nestjs/common';
import type { UnreadablePart } from '#contracts';
import type { ResolvedModel } from '#models';
import { Counters } from '#observability';
import { UpstreamProfiles } from '#upstream';

/** Counts what requests lose because another server sealed it; it is logged once for each upstream and model, and shown. */
@Injectable()
export class UnreadableParts {
  constructor(
    private readonly counters: Counters,
    private readonly profiles: UpstreamProfiles,
  ) {}

  report(parts: readonly UnreadablePart[], { targets: [target] }: ResolvedModel): void {
    for (const part of parts) this.counters.countUnreadable(part);
    if (target)
      this.profiles.noteLost(
        target,
        [...new Set(parts)].map((part) => `${part} of another server`),
      );
  }
}
