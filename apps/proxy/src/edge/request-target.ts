/** The authority of an absolute-form target, credentials included. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/**
 * The path and query of a request target (RFC 9112 §3.2). Clients behind a configured HTTP proxy send the whole URL, which
 * every server has to accept (§3.2.2); its host and its credentials go. Repeated slashes of the path become one, since
 * clients join a base URL that ends in a slash with a path that begins with one (protocol C1).
 * @returns undefined for a target that is neither a path nor an HTTP URL, such as `*` or `ftp://host/`
 */
export function pathAndQueryOf(target: string): string | undefined {
  const rest = target.startsWith('/') ? target : withoutAuthority(target);
  if (rest === undefined) return undefined;
  const fragment = rest.indexOf('#');
  const url = fragment < 0 ? rest : rest.slice(0, fragment);
  // A query may contain a URL, so only the path is collapsed.
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (path.startsWith('/') && !path.includes('//')) return url;
  return `/${path}`.replace(/\/{2,}/g, '/') + (query < 0 ? '' : url.slice(query));
}

function withoutAuthority(target: string): string | undefined {
  const authority = ABSOLUTE_FORM.exec(target)?.[0];
  return authority === undefined ? undefined : target.slice(authority.length);
}
