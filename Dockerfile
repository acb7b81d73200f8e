# IMAGE_PREFIX: a mirror of Docker Hub with a slash at its end. BASE_IMAGE: another Debian image with Node 24 and npm.
ARG IMAGE_PREFIX=
ARG BASE_IMAGE=
ARG NODE_IMAGE=${BASE_IMAGE:-${IMAGE_PREFIX}library/node:24.21.0-bookworm-slim}

FROM ${NODE_IMAGE} AS dependencies
ARG NPM_REGISTRY=
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are the embedded Postgres, Node itself and native doubles of JavaScript: without them nothing here
# depends on the processor, and no package needs a script.
RUN if [ -n "$NPM_REGISTRY" ]; then npm config set registry "$NPM_REGISTRY"; fi \
  && npm ci --omit=dev --omit=optional --ignore-scripts \
  && npm sbom --package-lock-only --omit=dev --omit=optional --sbom-format=cyclonedx > sbom.cdx.json \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

FROM ${NODE_IMAGE} AS sources
WORKDIR /app
COPY package.json ./
COPY migrations migrations
COPY bin bin
COPY src src
COPY workers workers
# A clone made under a strict umask is readable by its owner only.
RUN chmod -R a+rX .

FROM ${NODE_IMAGE}
# A mirror of Debian, http://mirrors.example.cn, from which the build takes the updates since the base image; without it none.
ARG APT_MIRROR=
RUN if [ -n "$APT_MIRROR" ]; then \
    sed -i "s#https\?://[^/]*/debian#${APT_MIRROR%/}/debian#" $(find /etc/apt -name '*.list' -o -name '*.sources') \
    && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*; \
  fi \
  && groupadd --gid 10001 govmatrix && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin govmatrix \
  # Named volumes take their owner from here.
  && install -d -o 10001 -g 10001 /app/.govmatrix \
  && ln -s /app/bin/govmatrix.mjs /usr/local/bin/govmatrix
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.cdx.json ./
COPY --from=sources /app ./
ENV NODE_ENV=production LISTEN=0.0.0.0:9464
USER 10001:10001
EXPOSE 9464
CMD ["govmatrix", "--help"]
