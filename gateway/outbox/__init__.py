"""Station 5: replies are queued as rows, leased and sent by one process each, and retried by class of failure."""
