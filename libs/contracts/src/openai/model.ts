/** One entry of a model list: anything with an id; the rest is looked at by `catalogue` (protocol D43). */
export type OpenAiModel = Readonly<Record<string, unknown>> & { readonly id: string };
