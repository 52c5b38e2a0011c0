# Serves assistants over HTTP: for the Bedrock AgentCore Runtime, which wants ARM64, or any other place that runs containers.
#   docker build -t nightaudit .
#   docker run -p 8000:8000 -v nightaudit:/data -v "$PWD/nightaudit.config.json:/etc/nightaudit.config.json:ro" \
#     -e NIGHTAUDIT_CONFIG=/etc/nightaudit.config.json nightaudit
# The configuration has to say who may ask (mcp.issuer or mcp.apiKeys): beyond loopback the server does not start without.

# What is built is the same for every processor, so it is built by the machine's own.
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
# The platform's own esbuild, which its package would otherwise fetch in an install script, comes as an optional dependency.
RUN node scripts/build.ts

FROM --platform=linux/arm64 node:24-slim
WORKDIR /srv/nightaudit
COPY --from=build /build/dist dist
# Results are kept here unless the configuration names another store.
RUN mkdir /data && chown node:node /data
ENV NODE_ENV=production NIGHTAUDIT_STORE=/data/audit.db
USER node
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8000/ping').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/nightaudit.js"]
# The AgentCore Runtime invents session ids of its own, so there are no sessions here. Elsewhere leave out --no-sessions.
CMD ["mcp", "--http", "--host", "0.0.0.0", "--port", "8000", "--no-sessions"]
