"""The Ollama API with nothing but Python's standard library: models, a streamed chat with a tool, embeddings."""

import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

HOST = os.environ.get("OLLAMA_HOST", "http://localhost:11434")
KEY = os.environ.get("OLLAMA_API_KEY")
CHAT = os.environ.get("CHAT_MODEL", "sim-chat")
EMBED = os.environ.get("EMBED_MODEL", "sim-embed")

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask(path, body=None):
    """Sends JSON (or nothing) and gives the objects of the answer, each as soon as its line is there."""
    headers = {"Content-Type": "application/json"}
    if KEY:
        headers["Authorization"] = f"Bearer {KEY}"
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(HOST + path, data, headers)) as answer:
            for line in answer:
                part = json.loads(line)
                # A failure after the first byte is a line of its own.
                if "error" in part:
                    raise SystemExit(part["error"])
                yield part
    except HTTPError as refusal:
        raise SystemExit(f"{refusal.code}: {json.load(refusal)['error']}")


def chat(messages, tools=()):
    """One turn: prints the text while it comes and gives the whole message."""
    text, calls = "", []
    for part in ask("/api/chat", {"model": CHAT, "messages": messages, "tools": list(tools)}):
        message = part["message"]
        print(message["content"], end="", flush=True)
        text += message["content"]
        calls += message.get("tool_calls", [])
    print()
    return {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}


print("Models:", ", ".join(model["name"] for model in next(ask("/api/tags"))["models"]))

chat([{"role": "user", "content": "Why is the sky blue?"}])

messages = [{"role": "user", "content": "How is the weather in Ulm?"}]
messages.append(chat(messages, [WEATHER]))
for call in messages[-1].get("tool_calls", []):
    print("Calls", call["function"]["name"], call["function"]["arguments"])
    messages.append({"role": "tool", "tool_name": call["function"]["name"], "content": "sunny, 21 °C"})
if messages[-1]["role"] == "tool":
    chat(messages, [WEATHER])

vectors = next(ask("/api/embed", {"model": EMBED, "input": ["sky", "grass"]}))["embeddings"]
print(len(vectors), "vectors of", len(vectors[0]))
