import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { describe } from 'vitest';
import { judgeProvider } from './ai-suite.js';
import * as judge from './support.js';

const setup = judge.withJudge();
const openai = () => createOpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none' });

describe('@ai-sdk/anthropic', () => {
  const make = () => {
    const anthropic = createAnthropic({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none' });
    return { chat: (model: string) => anthropic(model), embedding: (model: string) => openai().embedding(model) };
  };
  judgeProvider(setup, make, { freeJson: true });
});

describe('@ai-sdk/openai, the Responses API', () => {
  const make = () => ({
    chat: (model: string) => openai().responses(model),
    embedding: (model: string) => openai().embedding(model),
  });
  judgeProvider(setup, make, { reasoning: true });
});
