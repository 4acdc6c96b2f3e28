import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { UpstreamRegistry } from '#connections';
import type { OpenedThinking } from '#contracts';
import type { Target } from '#models';
import type { Adaptation, AgentApi, ProposedAdaptation, Scope, Shortening, UpstreamProfile } from '#dialects';
import { describeAdaptation, dialectOfModel, findDialect, isInScope } from '#dialects';
import { BoundedMap } from '#primitives';

/** An upstream may be updated or replaced, so after this time its rejections are observed again. */
const ADAPTATION_TTL_MS = 60 * 60 * 1000;

/** Model names come from clients, so the number of profiles is bounded. */
const MAX_PROFILES = 1000;

/** Adaptations that are kept or waiting for confirmation, per upstream and model. */
const MAX_ADAPTATIONS = 64;

interface KnownAdaptation {
  readonly adaptation: Adaptation;
  readonly scope: Scope;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  /** The caller or conversation that led to it, while it is not used yet because no other one has confirmed it. */
  readonly awaitsConfirmationOf: string | undefined;
  readonly reason: string | undefined;
}

/** An adaptation in use, for people. */
export interface AdaptationReport {
  /** The same for the same adaptation of the same upstream and model. */
  readonly id: string;
  readonly upstream: string;
  readonly model: string;
  readonly adaptation: string;
  readonly scope: Scope;
  /** The rejection that led to it; absent where a missing path did. */
  readonly reason?: string;
  readonly expiresInSeconds: number;
}

type Profile = BoundedMap<string, KnownAdaptation>;

const NOTHING_KEPT: readonly KnownAdaptation[] = [];

/**
 * How requests to each upstream and model are adapted: by configuration, by the dialect of its model list, and by
 * adaptations after rejections. A reload of the mapping file clears the adaptations.
 */
@Injectable()
export class UpstreamProfiles {
  private readonly logger = new Logger('Dialect');
  private readonly profiles = new BoundedMap<string, Profile>(MAX_PROFILES);
  private version: number;

  /** By upstream and model: fields of requests that its API does not have. */
  private readonly lost = new BoundedMap<string, Set<string>>(MAX_PROFILES);

  /** Adapted retries since the start, by upstream. */
  readonly adaptedRetries = new Map<string, number>();

  /** Conversations that were shortened since the start, by upstream. */
  readonly shortenedRequests = new Map<string, number>();

  /** What was left out of them, per upstream and model. */
  private readonly shortened = new BoundedMap<string, Shortening & { readonly requests: number }>(MAX_PROFILES);

  /** The same of texts for embeddings. */
  private readonly shortenedTexts = new BoundedMap<string, { readonly texts: number; readonly characters: number }>(
    MAX_PROFILES,
  );

  constructor(private readonly registry: UpstreamRegistry) {
    this.version = registry.current.version;
  }

  /** The profile for a request, with `more` adaptations that were tried for it. */
  of(target: Target, request: Readonly<Record<string, unknown>>, more: readonly Adaptation[] = []): UpstreamProfile {
    const kept = this.kept(target);
    const adaptations = kept.length > 0 ? [...inScope(kept, request), ...more] : more;
    const named = adaptations.findLast((each) => each.kind === 'dialect');
    const dialect = findDialect(named?.name ?? target.connection.settings.dialect) ?? dialectOfModel(target.entry?.raw);
    return { dialect, adaptations };
  }

  /** Whether requests to the target are adapted at all. */
  hasKept(target: Target): boolean {
    return this.kept(target).some(changesRequests);
  }

  /** Keeps adaptations with which a request succeeded, as far as their retention allows. */
  keep(target: Target, proposed: readonly ProposedAdaptation[], caller = ''): void {
    const profile = this.profileOf(target);
    const expiresAt = performance.now() + ADAPTATION_TTL_MS;
    const kept: Adaptation[] = [];
    for (const { adaptation, retention, scope, reason } of proposed) {
      if (retention === 'request') continue;
      const key = describeAdaptation(adaptation);
      const known = profile.get(key);
      const isKnown = known !== undefined && known.expiresAt > performance.now() && covers(known.scope, scope);
      if (isKnown && known.awaitsConfirmationOf === undefined) continue;
      const isConfirmed = retention === 'kept' || (isKnown && known.awaitsConfirmationOf !== caller);
      if (adaptation.kind === 'api') forgetOtherApi(profile, key);
      profile.set(key, {
        adaptation,
        scope,
        expiresAt,
        awaitsConfirmationOf: isConfirmed ? undefined : caller,
        reason,
      });
      if (isConfirmed) kept.push(adaptation);
    }
    if (kept.length === 0) return;
    this.logger.log(
      { upstream: target.connection.name, model: target.model, adaptations: kept.map(describeAdaptation) },
      'request adapted after a rejection; cached',
    );
  }

  /** Keeps a limit of the upstream in the place of an earlier one of its kind. */
  keepLimit(target: Target, adaptation: LimitAdaptation, reason: string): void {
    const profile = this.profileOf(target);
    for (const [key, known] of profile) if (known.adaptation.kind === adaptation.kind) profile.delete(key);
    this.keep(target, [{ adaptation, retention: 'kept', scope: 'all', reason }]);
  }

  /** The limits that are kept, by kind. */
  limits(target: Target): readonly LimitAdaptation[] {
    return this.kept(target).flatMap(({ adaptation }) => (isLimit(adaptation) ? [adaptation] : []));
  }

  /**
   * Keeps, or forgets, that answers begin inside of their thinking.
   * @param request whether it left thinking on, and what identifies its conversation
   */
  keepOpenedThinking(
    target: Target,
    { closing, isOpened, isCertain }: OpenedThinking,
    { thinks, conversation }: { readonly thinks: boolean; readonly conversation: string },
  ): void {
    const adaptation: Adaptation = { kind: 'opened-thinking', when: thinks ? 'on' : 'off', closing };
    const profile = this.profileOf(target);
    const key = describeAdaptation(adaptation);
    const now = performance.now();
    const earlier = profile.get(key);
    const known = earlier && earlier.expiresAt > now ? earlier : undefined;
    const isKnown = known !== undefined && isInUse(known, now);
    const isConfirmed = isCertain || (known !== undefined && known.awaitsConfirmationOf !== conversation);
    if (!isOpened) profile.delete(key);
    else
      profile.set(key, {
        adaptation,
        scope: 'all',
        expiresAt: now + ADAPTATION_TTL_MS,
        awaitsConfirmationOf: isConfirmed ? undefined : conversation,
        reason: undefined,
      });
    if (isKnown === (isOpened && isConfirmed)) return;
    this.logger.log(
      { upstream: target.connection.name, model: target.model, closing },
      isOpened
        ? 'answers begin inside of the thinking: the text before the closing mark is thinking from now on; cached'
        : 'an answer does not begin inside of the thinking; forgotten',
    );
  }

  /** Closing mark of the thinking in which answers of the target begin. */
  openedBy(target: Target, thinks: boolean): string | undefined {
    const when = thinks ? 'on' : 'off';
    for (const { adaptation } of this.kept(target))
      if (adaptation.kind === 'opened-thinking' && adaptation.when === when) return adaptation.closing;
    return undefined;
  }

  /** Whether the target turned out to lack an agents' API, or text completions. */
  lacksApi(target: Target, api: AgentApi | 'completions'): boolean {
    return this.kept(target).some(({ adaptation }) => adaptation.kind === 'no-api' && adaptation.name === api);
  }

  /** A field that was accepted is supported: adaptations without it need another confirmation. */
  accept(target: Target, body: Readonly<Record<string, unknown>>): void {
    const profile = this.profiles.get(keyOf(target));
    if (!profile) return;
    for (const [key, { adaptation, awaitsConfirmationOf }] of profile) {
      if (awaitsConfirmationOf !== undefined && adaptation.kind === 'drop' && adaptation.field in body)
        profile.delete(key);
    }
  }

  /** Records what a request lost because the upstream's API has no such field, or nothing here can read it. */
  noteLost(target: Target, fields: readonly string[]): void {
    if (fields.length === 0) return;
    const key = keyOf(target);
    const known = this.lost.get(key) ?? new Set<string>();
    const more = fields.filter((field) => !known.has(field) && known.size < MAX_ADAPTATIONS);
    if (more.length === 0) return;
    for (const field of more) known.add(field);
    this.lost.set(key, known);
    this.logger.warn(
      { upstream: target.connection.name, model: target.model, fields: more },
      'parts of requests are not sent: the API of the upstream does not have them, or another server made them',
    );
  }

  countAdaptedRetry({ connection: { name } }: Target): void {
    this.adaptedRetries.set(name, (this.adaptedRetries.get(name) ?? 0) + 1);
  }

  /** Counts and logs a conversation that was too long for the model. */
  countShortened(target: Target, { messages, characters }: Shortening): void {
    const key = keyOf(target);
    const known = this.shortened.get(key) ?? { requests: 0, messages: 0, characters: 0 };
    this.shortened.set(key, {
      requests: known.requests + 1,
      messages: known.messages + messages,
      characters: known.characters + characters,
    });
    const { name } = target.connection;
    this.shortenedRequests.set(name, (this.shortenedRequests.get(name) ?? 0) + 1);
    this.logger.warn(
      { upstream: name, model: target.model, messages, characters },
      'conversation too long for the model: its oldest messages were left out',
    );
  }

  /** Counts and logs texts for embeddings that were too long for the model. */
  countShortenedTexts(target: Target, texts: number, characters: number): void {
    const key = keyOf(target);
    const known = this.shortenedTexts.get(key) ?? { texts: 0, characters: 0 };
    this.shortenedTexts.set(key, { texts: known.texts + texts, characters: known.characters + characters });
    this.logger.warn(
      { upstream: target.connection.name, model: target.model, texts, characters },
      'texts too long for the model: their ends were left out',
    );
  }

  /** For `/api/show`: the dialect, and each adaptation with the seconds until it expires. */
  describe(target: Target): string[] {
    const now = performance.now();
    const adaptations = this.kept(target).map(({ adaptation, scope, expiresAt }) => {
      const requests = scope === 'all' ? '' : ` for requests with ${scope === 'tools' ? 'tools' : 'a schema'}`;
      return `${describeAdaptation(adaptation)}${requests} (expires in ${String(Math.ceil((expiresAt - now) / 1000))} s)`;
    });
    const shortened = this.shortened.get(keyOf(target));
    const texts = this.shortenedTexts.get(keyOf(target));
    const lost = [...(this.lost.get(keyOf(target)) ?? [])];
    return [
      `dialect: ${this.of(target, {}).dialect.name}`,
      ...adaptations,
      ...(shortened
        ? [
            `conversations shortened since the start: ${shortened.requests} (${shortened.messages} messages and ${shortened.characters} characters left out)`,
          ]
        : []),
      ...(texts ? [`texts shortened since the start: ${texts.texts} (${texts.characters} characters left out)`] : []),
      ...(lost.length > 0 ? [`not sent: ${lost.join(', ')}`] : []),
    ];
  }

  /** All adaptations in use. */
  list(): AdaptationReport[] {
    this.clearAfterReload();
    const now = performance.now();
    return [...this.profiles].flatMap(([key, profile]) => {
      const [upstream = '', , model = ''] = key.split('\n');
      return [...profile]
        .filter(([, known]) => isInUse(known, now))
        .map(([adaptation, { scope, reason, expiresAt }]) => ({
          ...{ id: idOf(key, adaptation), upstream, model, adaptation, scope },
          ...(reason !== undefined && { reason }),
          expiresInSeconds: Math.ceil((expiresAt - now) / 1000),
        }));
    });
  }

  /** Removes adaptations; the next requests may lead to them again. */
  forget(ids: ReadonlySet<string>): void {
    for (const [key, profile] of this.profiles) {
      for (const adaptation of profile.keys()) {
        if (!ids.has(idOf(key, adaptation))) continue;
        profile.delete(adaptation);
        const [upstream, , model] = key.split('\n');
        this.logger.log({ upstream, model, adaptation }, 'adaptation removed on request');
      }
    }
  }

  /** The number of adaptations in use, by upstream. */
  counts(): Map<string, number> {
    this.clearAfterReload();
    const now = performance.now();
    const counts = new Map<string, number>();
    for (const [key, profile] of this.profiles) {
      const name = key.slice(0, key.indexOf('\n'));
      const kept = [...profile.values()].filter((each) => isInUse(each, now));
      counts.set(name, (counts.get(name) ?? 0) + kept.length);
    }
    return counts;
  }

  private kept(target: Target): readonly KnownAdaptation[] {
    this.clearAfterReload();
    const profile = this.profiles.get(keyOf(target));
    if (!profile) return NOTHING_KEPT;
    const now = performance.now();
    return [...profile.values()].filter((each) => isInUse(each, now));
  }

  private profileOf(target: Target): Profile {
    const key = keyOf(target);
    const profile = this.profiles.get(key) ?? new BoundedMap<string, KnownAdaptation>(MAX_ADAPTATIONS);
    this.profiles.set(key, profile);
    return profile;
  }

  private clearAfterReload(): void {
    const { version } = this.registry.current;
    if (version === this.version) return;
    this.version = version;
    if (this.profiles.size > 0) this.logger.log('cached adaptations cleared by a reload of the mapping file');
    this.profiles.clear();
    this.lost.clear();
  }
}

/** Limits on requests for embeddings, which are applied before a target is chosen. */
export type LimitAdaptation = Extract<
  Adaptation,
  { readonly kind: 'inputs' | 'input-characters' | 'text-tokens' | 'blank-texts' }
>;

const LIMITS: ReadonlySet<string> = new Set<LimitAdaptation['kind']>([
  'inputs',
  'input-characters',
  'text-tokens',
  'blank-texts',
]);

function isLimit(adaptation: Adaptation): adaptation is LimitAdaptation {
  return LIMITS.has(adaptation.kind);
}

function inScope(kept: readonly KnownAdaptation[], request: Readonly<Record<string, unknown>>): Adaptation[] {
  return kept
    .filter((each) => changesRequests(each) && isInScope(each.scope, request))
    .map(({ adaptation }) => adaptation);
}

function changesRequests({ adaptation }: KnownAdaptation): boolean {
  return adaptation.kind !== 'no-api' && adaptation.kind !== 'opened-thinking' && !isLimit(adaptation);
}

function covers(known: Scope, other: Scope): boolean {
  return known === 'all' || known === other;
}

/** One API is used at a time. */
function forgetOtherApi(profile: Profile, key: string): void {
  for (const [other, { adaptation }] of profile) if (adaptation.kind === 'api' && other !== key) profile.delete(other);
}

function isInUse({ expiresAt, awaitsConfirmationOf }: KnownAdaptation, now: number): boolean {
  return expiresAt > now && awaitsConfirmationOf === undefined;
}

/** Stable, and short enough for a path. */
const ID_CHARACTERS = 16;

function idOf(key: string, adaptation: string): string {
  return createHash('sha256').update(`${key}\n${adaptation}`).digest('base64url').slice(0, ID_CHARACTERS);
}

function keyOf({ connection, model }: Target): string {
  return `${connection.name}\n${connection.settings.baseUrl}\n${model}`;
}
