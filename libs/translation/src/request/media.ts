import type { OpenAiContentPart } from '#contracts';
import { mediaTypeOf } from '#contracts';

/** Converts an entry of `images`, which may be sound, into a part of a message (protocol W32). */
export function toMediaPart(base64: string): OpenAiContentPart {
  // As Ollama does with what it does not know.
  const type = mediaTypeOf(base64) ?? 'image/jpeg';
  if (type === 'audio/wav') return { type: 'input_audio', input_audio: { data: base64, format: 'wav' } };
  if (type === 'audio/mpeg') return { type: 'input_audio', input_audio: { data: base64, format: 'mp3' } };
  return { type: 'image_url', image_url: { url: `data:${type};base64,${base64}` } };
}
