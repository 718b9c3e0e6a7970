#!/bin/sh
# Runs once, when PostgreSQL's image makes an empty database (docker-entrypoint-initdb.d).
set -eu
exec psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v owner_password="$(cat /run/secrets/POSTGRES_OWNER_PASSWORD)" \
    -v service_password="$(cat /run/secrets/POSTGRES_SERVICE_PASSWORD)" \
    -v reader_password="$(cat /run/secrets/POSTGRES_READER_PASSWORD)" \
    -f /roles.sql
