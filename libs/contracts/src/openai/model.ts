/** One entry of a model list: anything with an id; `libs/models` reads the other fields (protocol D43). */
export type OpenAiModel = Readonly<Record<string, unknown>> & { readonly id: string };
