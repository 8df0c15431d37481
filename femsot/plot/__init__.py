"""The result dict of docs/input.md as files, tables and pictures; each module is imported where it is needed."""
