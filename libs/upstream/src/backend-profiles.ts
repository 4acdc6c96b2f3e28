import { Injectable, Logger } from '@nestjs/common';
import type { Target } from '#models';
import type { Adaptation, BackendProfile } from '#dialects';
import { describeAdaptation, dialectNamed, dialectOf, isSame } from '#dialects';
import { BoundedMap } from '#primitives';

/** A backend may be mended or replaced: what was learned is tried anew after this. */
const KEPT_MS = 60 * 60 * 1000;

/** Bounds what names of models from outside can make us remember. */
const MOST_KEPT = 1000;

/** How each backend and model wants to be asked: configured, revealed by its list, and learned from refusals. */
@Injectable()
export class BackendProfiles {
  private readonly logger = new Logger('Dialect');
  private readonly kept = new BoundedMap<string, { learned: readonly Adaptation[]; until: number }>(MOST_KEPT);

  /** Calls that had to be repeated so far, by backend. */
  readonly repeatedCalls = new Map<string, number>();

  of(target: Target, more: readonly Adaptation[] = []): BackendProfile {
    const learned = [...this.learnedOf(target), ...more];
    const named = learned.findLast((each) => each.kind === 'dialect');
    const dialect = dialectNamed(named?.name ?? target.connection.settings.dialect) ?? dialectOf(target.entry?.raw);
    return { dialect, learned };
  }

  /** Keeps what made a call succeed; said once. */
  keep(target: Target, adaptations: readonly Adaptation[]): void {
    const key = keyOf(target);
    const known = this.learnedOf(target);
    const learned = [...known, ...adaptations.filter((each) => !known.some((other) => isSame(other, each)))];
    this.kept.set(key, { learned, until: Date.now() + KEPT_MS });
    this.logger.log(
      { upstream: target.connection.name, model: target.model, learned: adaptations.map(describeAdaptation) },
      'the backend wants to be asked otherwise; remembered',
    );
  }

  /** A call is about to be repeated in another manner. */
  countRepeated({ connection: { name } }: Target): void {
    this.repeatedCalls.set(name, (this.repeatedCalls.get(name) ?? 0) + 1);
  }

  /** For those who want to know. */
  describe(target: Target): string[] {
    return [`dialect: ${this.of(target).dialect.name}`, ...this.learnedOf(target).map(describeAdaptation)];
  }

  private learnedOf(target: Target): readonly Adaptation[] {
    const kept = this.kept.get(keyOf(target));
    return kept && kept.until > Date.now() ? kept.learned : [];
  }
}

function keyOf({ connection, model }: Target): string {
  return `${connection.name}\n${connection.settings.baseUrl}\n${model}`;
}
