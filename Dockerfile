# The last stage is the proxy; `--target simulator` gives the made-up upstream that docker-compose.yml uses.

FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV NPM_CONFIG_UPDATE_NOTIFIER=false
COPY package.json package-lock.json ./
# With the optional packages: the bundler's native part, a Node.js for tests, and sharp, which stays.
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY tsconfig.json nest-cli.json ./
COPY scripts scripts
COPY libs libs
COPY apps apps
RUN npm run build \
  && npm prune --no-audit --no-fund --omit=dev \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node node_modules/@types \
  # Packages bring their sources, declarations, maps and specs along; nothing reads them at run time.
  && find node_modules -type f -regextype posix-extended -regex '.*\.([cm]?ts|map|(spec|test)\.[cm]?js)' -delete \
  && find node_modules -type d -empty -delete

FROM node:24-bookworm-slim AS runtime
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
USER node
STOPSIGNAL SIGTERM

FROM runtime AS simulator
ENV SIMULATOR_HOST=0.0.0.0
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/apps/simulator dist/apps/simulator
EXPOSE 11435
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.SIMULATOR_PORT || 11435) + '/v1/models', { signal: AbortSignal.timeout(2000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "dist/apps/simulator/src/main.js"]

FROM runtime AS proxy
ENV HOST=0.0.0.0
# What V8's threads have freed, 10 MB after a start, serves the others (one arena) or goes back (from 1 MB on).
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=1048576
COPY --from=build /app/dist/apps/proxy dist/apps/proxy
# A young generation of 8 MB: with 1 MB the collector costs a quarter of a request's CPU. Below 64 MB no full collection:
# 16 MB live after a start, and the limit that follows from them is reached by the reads of a few fast streams. The third flag,
# which Node 22 does not know, keeps bodies of megabytes outside of the heap from starting one for every few of them.
# The last one, ten times V8's default, lets it optimize undici's parser under load and not for the model lists of a start.
# A first start here leaves compiled code behind for those that follow. Only this user and these flags can use it.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
USER root
RUN install -d -o node -g node .compile-cache
USER node
RUN OPENAI_API_BASE_URL=http://127.0.0.1:9 PROXY_PORT=0 timeout --preserve-status 10 \
  node --max-semi-space-size=8 --initial-old-space-size=64 --external-memory-accounted-in-global-limit \
  --wasm-tiering-budget=130000000 dist/apps/proxy/src/main.js
EXPOSE 11434
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = 0; fetch((process.env.TLS_CERT_FILE ? 'https' : 'http') + '://127.0.0.1:' + (process.env.PROXY_PORT || 11434) + '/api/version', { signal: AbortSignal.timeout(2000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "--initial-old-space-size=64", "--external-memory-accounted-in-global-limit", "--wasm-tiering-budget=130000000", "dist/apps/proxy/src/main.js"]
ARG VERSION=development
ARG COMMIT=unknown
ARG BUILD_DATE=unknown
# Reported at /v1/version and in the metrics.
ENV BUILD_COMMIT=${COMMIT} BUILD_TIME=${BUILD_DATE}
LABEL org.opencontainers.image.title="ollama-openai-proxy" \
  org.opencontainers.image.description="Speaks the Ollama API to clients and runs them on any OpenAI-compatible upstream." \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${COMMIT}" \
  org.opencontainers.image.created="${BUILD_DATE}"
