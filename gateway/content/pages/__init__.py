"""Editors' workshop: its pages, `/content`: everything that an editor does, without knowing YAML or git."""
