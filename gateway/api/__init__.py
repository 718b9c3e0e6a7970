"""The HTTP API for integrators, `/api/v1`: tokens and scopes, what may be read, and webhooks out."""
