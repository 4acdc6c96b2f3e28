// LangChain: a streamed chat, an answer in the form of a schema, a tool, embeddings.
// npm install @langchain/ollama @langchain/core
import { ChatOllama, OllamaEmbeddings } from '@langchain/ollama';

const {
  OLLAMA_HOST: baseUrl = 'http://localhost:11434',
  OLLAMA_API_KEY: key,
  CHAT_MODEL: chat = 'sim-chat',
  EMBED_MODEL: embed = 'sim-embed',
} = process.env;

const connection = { baseUrl, ...(key && { headers: { Authorization: `Bearer ${key}` } }) };
const llm = new ChatOllama({ ...connection, model: chat });

for await (const part of await llm.stream('Why is the sky blue?')) process.stdout.write(part.text);
console.log();

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
console.log('Object:', await llm.withStructuredOutput(city, { method: 'jsonSchema' }).invoke('Name a city.'));

const weather = { name: 'get_weather', description: 'Tells the weather in a city.', parameters: city };
const agent = llm.bindTools([{ type: 'function', function: weather }]);
const { tool_calls: calls } = await agent.invoke('How is the weather in Ulm?');
console.log('Calls', calls?.map(({ name, args }) => `${name} ${JSON.stringify(args)}`).join(', '));

const vectors = await new OllamaEmbeddings({ ...connection, model: embed }).embedDocuments(['sky', 'grass']);
console.log(vectors.length, 'vectors of', vectors[0].length);
