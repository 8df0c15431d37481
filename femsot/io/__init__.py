"""Files in and out: TOML, JSON, CSV, VTK, OVF."""
