"""Content, the pages under `/content`: everything that an editor does, without knowing YAML or git."""
