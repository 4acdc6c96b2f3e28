// The `openai` package: the proxy passes /v1 on, so that both APIs share one address. npm install openai
import OpenAI from 'openai';

const {
  OLLAMA_HOST: host = 'http://localhost:11434',
  // The package wants one; where the proxy asks for none, a placeholder does.
  OLLAMA_API_KEY: apiKey = 'none',
  CHAT_MODEL: chat = 'sim-chat',
  EMBED_MODEL: embed = 'sim-embed',
} = process.env;

const openai = new OpenAI({ baseURL: `${host}/v1`, apiKey });

const { data: models } = await openai.models.list();
console.log('Models:', models.map(({ id }) => id).join(', '));

const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
for await (const chunk of await openai.chat.completions.create({ model: chat, messages, stream: true })) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
}
console.log();

const { data: vectors } = await openai.embeddings.create({ model: embed, input: ['sky', 'grass'] });
console.log(vectors.length, 'vectors of', vectors[0].embedding.length);
