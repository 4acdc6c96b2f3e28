import { Injectable, Logger } from '@nestjs/common';
import type { Target } from '#models';
import type { Adaptation, UpstreamProfile } from '#dialects';
import { describeAdaptation, findDialect, dialectOfModel, isSameAdaptation } from '#dialects';
import { BoundedMap } from '#primitives';

/** A backend may be mended or replaced: what was learned is tried anew after this. */
const ADAPTATION_TTL_MS = 60 * 60 * 1000;

/** Bounds what names of models from outside can make us remember. */
const MAX_PROFILES = 1000;

/** How each backend and model wants to be asked: configured, revealed by its list, and learned from refusals. */
@Injectable()
export class UpstreamProfiles {
  private readonly logger = new Logger('Dialect');
  private readonly kept = new BoundedMap<string, { learned: readonly Adaptation[]; until: number }>(MAX_PROFILES);

  /** Calls that had to be repeated so far, by backend. */
  readonly adaptedRetries = new Map<string, number>();

  of(target: Target, more: readonly Adaptation[] = []): UpstreamProfile {
    const adaptations = [...this.adaptationsOf(target), ...more];
    const named = adaptations.findLast((each) => each.kind === 'dialect');
    const dialect = findDialect(named?.name ?? target.connection.settings.dialect) ?? dialectOfModel(target.entry?.raw);
    return { dialect, adaptations };
  }

  /** Keeps what made a call succeed; said once. */
  keep(target: Target, adaptations: readonly Adaptation[]): void {
    const key = keyOf(target);
    const known = this.adaptationsOf(target);
    const learned = [...known, ...adaptations.filter((each) => !known.some((other) => isSameAdaptation(other, each)))];
    this.kept.set(key, { learned, until: Date.now() + ADAPTATION_TTL_MS });
    this.logger.log(
      { upstream: target.connection.name, model: target.model, learned: adaptations.map(describeAdaptation) },
      'request adapted after a rejection; cached',
    );
  }

  /** A call is about to be repeated in another manner. */
  countAdaptedRetry({ connection: { name } }: Target): void {
    this.adaptedRetries.set(name, (this.adaptedRetries.get(name) ?? 0) + 1);
  }

  /** For those who want to know. */
  describe(target: Target): string[] {
    return [`dialect: ${this.of(target).dialect.name}`, ...this.adaptationsOf(target).map(describeAdaptation)];
  }

  private adaptationsOf(target: Target): readonly Adaptation[] {
    const kept = this.kept.get(keyOf(target));
    return kept && kept.until > Date.now() ? kept.learned : [];
  }
}

function keyOf({ connection, model }: Target): string {
  return `${connection.name}\n${connection.settings.baseUrl}\n${model}`;
}
