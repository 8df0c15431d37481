"""The result dict of INPUT.md as files, tables and pictures; each module is imported where it is needed."""
