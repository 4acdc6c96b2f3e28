// LlamaIndex: an agent that calls tools until it has an answer, and embeddings.
// npm install @llamaindex/ollama
import { Ollama, OllamaAgent, OllamaEmbedding } from '@llamaindex/ollama';

const {
  // The proxy. Which upstream it uses is one line there: OPENAI_API_BASE_URL.
  OLLAMA_HOST: host = 'http://localhost:11434',
  OLLAMA_API_KEY: key,
  CHAT_MODEL: chat = 'sim-chat',
  EMBED_MODEL: embed = 'sim-embed',
} = process.env;

const config = { host, ...(key && { headers: { Authorization: `Bearer ${key}` } }) };
const weather = {
  metadata: {
    name: 'get_weather',
    description: 'Current weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  call: ({ city }) => {
    console.log('Calls get_weather', JSON.stringify({ city }));
    return `sunny in ${city}, 21 °C`;
  },
};

const agent = new OllamaAgent({ llm: new Ollama({ model: chat, config }), tools: [weather] });
const { message } = await agent.chat({ message: 'What is the weather in Ulm?' });
console.log('Answer:', message.content);

const embedding = new OllamaEmbedding({ model: embed, config });
const vectors = await Promise.all(['sky', 'grass'].map((text) => embedding.getTextEmbedding(text)));
console.log(vectors.length, 'vectors of', vectors[0].length);
