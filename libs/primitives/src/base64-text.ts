/** The UTF-8 text in base64; undefined where that is not base64. */
export function textOfBase64(data: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(data), (unit) => unit.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
