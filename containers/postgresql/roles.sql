-- The roles of Neuvo's database, made once by a superuser; it may be run again. With psql:
--   psql -v owner_password=… -v service_password=… -v reader_password=… -f roles.sql
-- `neuvo_owner` migrates (NEUVO_DATABASE_URL of `migrations` alone); `neuvo` serves, a member of `neuvo_service`, which may
-- neither alter a table nor change the audit log; `neuvo_figures` reads. What each may do with a table is granted by
-- `python -m gateway migrate` (gateway/core/database_roles.py).
SELECT format('CREATE ROLE %I NOLOGIN', name) FROM unnest(ARRAY['neuvo_service', 'neuvo_reader']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name)
  FROM unnest(ARRAY['neuvo_owner', 'neuvo', 'neuvo_figures']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE neuvo_owner PASSWORD :'owner_password';
ALTER ROLE neuvo PASSWORD :'service_password';
ALTER ROLE neuvo_figures PASSWORD :'reader_password';
GRANT neuvo_service TO neuvo;
GRANT neuvo_reader TO neuvo_figures;
SELECT format('ALTER DATABASE %I OWNER TO neuvo_owner', current_database()) \gexec
ALTER SCHEMA public OWNER TO neuvo_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO neuvo_service, neuvo_reader', current_database()) \gexec
