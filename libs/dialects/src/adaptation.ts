import type { Dialect } from './dialect.js';

/** One thing learned of a backend and model from a refusal. Data, so that it can be kept, shown and compared. */
export type Adaptation =
  | { readonly kind: 'dialect'; readonly name: string }
  | { readonly kind: 'drop'; readonly field: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'stops'; readonly most: number }
  | { readonly kind: 'effort'; readonly value: string; readonly instead: string }
  | { readonly kind: 'thinking'; readonly by: 'effort' | 'none' }
  | { readonly kind: 'json'; readonly by: 'schema' | 'prompt' }
  | { readonly kind: 'schema'; readonly by: 'strict' | 'object' | 'prompt' }
  | { readonly kind: 'json word' }
  | { readonly kind: 'tool ids' }
  | { readonly kind: 'empty content' }
  | { readonly kind: 'one system' }
  | { readonly kind: 'system role'; readonly role: 'developer' | 'user' }
  | { readonly kind: 'alternate' };

/** As the log and `/api/show` tell it. */
export function describeAdaptation(adaptation: Adaptation): string {
  const { kind, ...rest } = adaptation;
  const details = Object.values(rest).join(' → ');
  return details === '' ? kind : `${kind}: ${details}`;
}

export function isSameAdaptation(left: Adaptation, right: Adaptation): boolean {
  return describeAdaptation(left) === describeAdaptation(right);
}

/** A dialect together with what was learned on top of it. */
export interface UpstreamProfile {
  readonly dialect: Dialect;
  readonly adaptations: readonly Adaptation[];
}

export function findAdaptation<Kind extends Adaptation['kind']>(
  { adaptations }: UpstreamProfile,
  kind: Kind,
): Extract<Adaptation, { kind: Kind }> | undefined {
  return adaptations.findLast((each): each is Extract<Adaptation, { kind: Kind }> => each.kind === kind);
}
