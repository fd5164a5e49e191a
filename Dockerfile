# An image of the standalone folder: docs/deploy.md.

FROM node:24-slim AS build
WORKDIR /latchkey
COPY package.json package-lock.json ./
# As in cli/install.mjs: no package needs its install script.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build:standalone

FROM node:24-slim
WORKDIR /latchkey
COPY --from=build /latchkey/dist ./
# The server cannot change its own files. It keeps emails here when SMTP_URL is not set.
RUN mkdir .data && chown node:node .data
USER node
ENV NODE_ENV=production
EXPOSE 3000 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MANAGEMENT_PORT || process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.mjs"]
