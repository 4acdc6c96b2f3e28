/** One compact JSON object and a line feed: the framing that Ollama clients expect (protocol W13). */
export function encodeLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
