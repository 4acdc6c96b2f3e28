#!/usr/bin/env bash
# The Ollama API with curl: version, models, one model, a streamed chat, a prompt, embeddings.
set -euo pipefail

host=${OLLAMA_HOST:-http://localhost:11434}
chat=${CHAT_MODEL:-sim-chat}
embed=${EMBED_MODEL:-sim-embed}

ask() { # path, arguments of curl...
  curl --silent --show-error --fail-with-body ${OLLAMA_API_KEY:+-H "Authorization: Bearer $OLLAMA_API_KEY"} "$host$1" "${@:2}"
  echo
}

ask /api/version
ask /api/tags
ask /api/show -d "{\"model\":\"$chat\"}"
ask /api/chat -d "{\"model\":\"$chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}]}"
ask /api/generate -d "{\"model\":\"$chat\",\"prompt\":\"Why is grass green?\",\"stream\":false}"
ask /api/embed -d "{\"model\":\"$embed\",\"input\":[\"sky\",\"grass\"]}"
