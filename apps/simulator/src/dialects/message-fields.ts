/** Fields a message may have, by family and role. */
export const messageFields = {
  openai: {
    system: ['role', 'content', 'name'],
    developer: ['role', 'content', 'name'],
    user: ['role', 'content', 'name'],
    assistant: ['role', 'content', 'name', 'refusal', 'tool_calls', 'audio', 'function_call'],
    tool: ['role', 'content', 'tool_call_id'],
  },
  mistral: {
    system: ['role', 'content'],
    user: ['role', 'content'],
    assistant: ['role', 'content', 'tool_calls', 'prefix'],
    tool: ['role', 'content', 'tool_call_id', 'name'],
  },
  groq: {
    system: ['role', 'content', 'name'],
    user: ['role', 'content', 'name'],
    assistant: ['role', 'content', 'name', 'tool_calls'],
    tool: ['role', 'content', 'tool_call_id', 'name'],
  },
  /** Only what every upstream takes. */
  strictest: {
    system: ['role', 'content'],
    user: ['role', 'content'],
    assistant: ['role', 'content', 'tool_calls'],
    tool: ['role', 'content', 'tool_call_id'],
  },
} as const;
