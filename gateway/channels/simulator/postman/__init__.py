"""The simulator's side of Meta that brings updates to the webhook."""
