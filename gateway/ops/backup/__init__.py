"""Operations, backups: encrypted copies of the database, made, verified and restored by command."""
