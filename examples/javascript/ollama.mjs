// The `ollama` package: models, a streamed chat, embeddings. npm install ollama
import { Ollama } from 'ollama';

const {
  OLLAMA_HOST: host = 'http://localhost:11434',
  OLLAMA_API_KEY: key,
  CHAT_MODEL: chat = 'sim-chat',
  EMBED_MODEL: embed = 'sim-embed',
} = process.env;

const ollama = new Ollama({ host, ...(key && { headers: { Authorization: `Bearer ${key}` } }) });

const { models } = await ollama.list();
console.log('Models:', models.map(({ name }) => name).join(', '));

const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
for await (const part of await ollama.chat({ model: chat, messages, stream: true })) {
  process.stdout.write(part.message.content);
}
console.log();

const { embeddings } = await ollama.embed({ model: embed, input: ['sky', 'grass'] });
console.log(embeddings.length, 'vectors of', embeddings[0].length);
