import type { OllamaTool, OpenAiTool } from '#contracts';

/** Tools of any `type` that declare a function; an empty schema becomes one of the type "object" (protocol D30). */
export function toOpenAiTools(tools: readonly OllamaTool[]): OpenAiTool[] {
  return tools.flatMap((tool) => {
    if (!tool.function.name) return [];
    const { name, description, parameters } = tool.function;
    return [
      {
        type: 'function',
        function: { name, ...(description && { description }), parameters: toObjectSchema(parameters) },
      },
    ];
  });
}

function toObjectSchema(parameters: unknown): Record<string, unknown> {
  const schema = typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {};
  const properties = typeof schema.properties === 'object' && schema.properties !== null ? schema.properties : {};
  return { ...schema, type: 'object', properties };
}
