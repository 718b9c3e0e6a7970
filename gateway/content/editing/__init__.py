"""Content, editing: overview, preview, spreadsheet, playground and feedback inbox."""
