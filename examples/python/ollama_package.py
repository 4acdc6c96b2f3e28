"""The same with Ollama's own package: pip install ollama"""

import os

from ollama import Client

CHAT = os.environ.get("CHAT_MODEL", "sim-chat")
EMBED = os.environ.get("EMBED_MODEL", "sim-embed")

# OLLAMA_API_KEY is read by the package itself.
client = Client(host=os.environ.get("OLLAMA_HOST", "http://localhost:11434"))

print("Models:", ", ".join(model.model for model in client.list().models))

for part in client.chat(CHAT, [{"role": "user", "content": "Why is the sky blue?"}], stream=True):
    print(part.message.content, end="", flush=True)
print()

vectors = client.embed(EMBED, ["sky", "grass"]).embeddings
print(len(vectors), "vectors of", len(vectors[0]))
