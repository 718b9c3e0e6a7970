"""Station patterns: dangers told by rules that a reader can follow, one folder of rules per language."""
