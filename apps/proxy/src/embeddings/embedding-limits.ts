import { Injectable } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { ResolvedModel, Target } from '#models';
import { UpstreamProfiles } from '#upstream';
import type { LimitAdaptation } from '#upstream';

/** What the requests for embeddings of a model may contain. Texts are measured in UTF-16 units and tokens. */
export interface EmbeddingLimits {
  /** Texts of one request. */
  readonly inputs: number;
  /** Characters of all texts of a request. */
  readonly characters: number;
  /** Tokens of one text; infinite where some upstream of the model is not known to have a limit. */
  readonly tokens: number;
  /** Empty texts are rejected. */
  readonly areBlankTextsNeeded: boolean;
}

/** Limits that rejections of requests for embeddings taught. They are kept as other adaptations are. */
@Injectable()
export class LearnedLimits {
  constructor(private readonly profiles: UpstreamProfiles) {}

  /** @param inputs the most of one request without a learned limit */
  of({ targets }: ResolvedModel, inputs: number): EmbeddingLimits {
    const all = targets.map((target) => this.profiles.limits(target));
    const known = all.flat();
    return {
      inputs: smallest(known, 'inputs', inputs),
      characters: smallest(known, 'input-characters', Number.POSITIVE_INFINITY),
      // The least strict one: another upstream of the model may take more.
      tokens: Math.max(...all.map((limits) => smallest(limits, 'text-tokens', Number.POSITIVE_INFINITY))),
      areBlankTextsNeeded: known.some(({ kind }) => kind === 'blank-texts'),
    };
  }

  /** @param record names the upstream that rejected a request. @param reason its words */
  keep(model: ResolvedModel, record: RequestRecord, limit: LimitAdaptation, reason: string): void {
    for (const target of rejectingTargets(model, record)) this.profiles.keepLimit(target, limit, reason);
  }

  countShortened(model: ResolvedModel, record: RequestRecord, texts: number, characters: number): void {
    const [target] = rejectingTargets(model, record);
    if (target) this.profiles.countShortenedTexts(target, texts, characters);
  }
}

type NumericLimit = Exclude<LimitAdaptation['kind'], 'blank-texts'>;

function smallest(limits: readonly LimitAdaptation[], kind: NumericLimit, most: number): number {
  return Math.min(most, ...limits.map((each) => (each.kind === kind ? each.max : most)));
}

/** The targets at the upstream of the last attempt. */
function rejectingTargets({ targets }: ResolvedModel, { upstream }: RequestRecord): Target[] {
  return targets.filter(({ connection }) => connection.name === upstream);
}
