#!/bin/sh
# What the stack relies on of the official image's entrypoint: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (or their
# _FILE), POSTGRES_INITDB_ARGS and /docker-entrypoint-initdb.d on the first start, flags of the command on every start.
set -eu

value() {
  file=$(printenv "$1_FILE" || true)
  if [ -n "$file" ]; then cat "$file"; else printenv "$1" || echo "${2:-}"; fi
}

[ "${1#-}" = "$1" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=$(value POSTGRES_USER postgres)
  database=$(value POSTGRES_DB "$user")
  password=$(value POSTGRES_PASSWORD)
  [ -n "$password" ] || { echo "neither POSTGRES_PASSWORD nor POSTGRES_PASSWORD_FILE is set" >&2; exit 1; }
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  # The password goes by a pipe, as the temporary directory may be missing.
  printf '%s\n' "$password" |
    eval "initdb --username=\"\$user\" --pwfile=/dev/stdin --encoding=UTF8 ${POSTGRES_INITDB_ARGS:-}"
  printf "listen_addresses = '*'\nunix_socket_directories = '/var/run/postgresql'\n" >>"$PGDATA/postgresql.conf"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  # Until it is set up it listens on its socket only.
  pg_ctl start --wait --options="$(shift; printf '%s ' "$@") -c listen_addresses=''"
  export PGHOST=/var/run/postgresql PGUSER="$user" PGPASSWORD="$password"
  [ "$database" = postgres ] || psql -v ON_ERROR_STOP=1 -d postgres -c "create database \"$database\""
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) if [ -x "$file" ]; then POSTGRES_USER="$user" POSTGRES_DB="$database" "$file"; else . "$file"; fi ;;
      *.sql) psql -v ON_ERROR_STOP=1 -d "$database" -f "$file" ;;
    esac
  done
  pg_ctl stop --wait --mode=fast
  unset PGHOST PGUSER PGPASSWORD
fi
exec "$@"
