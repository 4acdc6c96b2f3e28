// LangChain: an agent that calls tools until it has an answer.
// npm install @langchain/ollama @langchain/core
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOllama } from '@langchain/ollama';

const {
  // The proxy. Which upstream it uses is one line there: OPENAI_API_BASE_URL.
  OLLAMA_HOST: baseUrl = 'http://localhost:11434',
  OLLAMA_API_KEY: key,
  CHAT_MODEL: model = 'sim-chat',
} = process.env;

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [
  {
    type: 'function',
    function: { name: 'get_weather', description: 'Current weather of a city.', parameters: city },
    run: ({ city: name }) => `sunny in ${name}, 21 °C`,
  },
];

const headers = { ...(key && { Authorization: `Bearer ${key}` }) };
const agent = new ChatOllama({ baseUrl, headers, model }).bindTools(tools.map(({ run: _run, ...tool }) => tool));

const messages = [new HumanMessage('What is the weather in Ulm?')];
for (let turn = 0; turn < 5; turn += 1) {
  const answer = await agent.invoke(messages);
  messages.push(answer);
  if (!answer.tool_calls?.length) break;
  for (const { id, name, args } of answer.tool_calls) {
    const content = tools.find((tool) => tool.function.name === name)?.run(args) ?? `there is no tool ${name}`;
    console.log('Calls', name, JSON.stringify(args), '→', content);
    messages.push(new ToolMessage({ tool_call_id: id ?? name, name, content }));
  }
}
console.log('Answer:', messages.at(-1)?.text);
