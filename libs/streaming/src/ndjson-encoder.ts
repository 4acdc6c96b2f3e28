/** One compact JSON object and its newline: the only framing Ollama clients know (contract §0). */
export function encodeLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
