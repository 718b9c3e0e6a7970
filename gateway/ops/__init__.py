"""Operations: health, metrics, backups, key rotation, retention and the operator's commands."""
