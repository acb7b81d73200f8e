#!/bin/sh
# Packs the whole stack for a machine without a network: `bin/offline-bundle.sh [FILE]`, beside a Docker that has one.
# There: tar -xf govmatrix-offline.tar && cd govmatrix && docker load -i images.tar && docker compose up -d
# For another processor: DOCKER_DEFAULT_PLATFORM=linux/arm64 bin/offline-bundle.sh
set -eu
cd "$(dirname "$0")/.."
file=${1:-govmatrix-offline.tar}
compose=${COMPOSE:-docker compose}

$compose build secrets
images=$($compose config | sed -n 's/^ *image: *//p' | sort -u)
# As compose reads it, from .env too.
prefix=$(echo "$images" | sed -n 's#library/postgres:.*##p')
plain=
for image in $images; do
  case $image in govmatrix:*) ;; *) docker pull "$image" ;; esac
  # There is no mirror where it goes: under the names that the stack has without IMAGE_PREFIX.
  name=${image#"$prefix"}
  [ "$name" = "$image" ] || docker tag "$image" "$name"
  plain="$plain $name"
done

draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
mkdir "$draft/govmatrix"
cp -R docker-compose.yml Dockerfile .dockerignore .env.example LICENSE README.md README.zh-CN.md docs grafana "$draft/govmatrix/"
# A secret of this machine, where it also runs without containers.
rm -f "$draft/govmatrix/grafana/alertmanager/alert-webhook-token"
chmod -R go+rX "$draft/govmatrix"
# shellcheck disable=SC2086
docker save --output "$draft/govmatrix/images.tar" $plain
tar -C "$draft" -cf "$file" govmatrix
tag=$(echo "$images" | sed -n 's/^govmatrix://p')
echo "$file: $(du -h "$file" | cut -f1)"
[ "$tag" = latest ] || echo "there, in .env: IMAGE_TAG=$tag"
