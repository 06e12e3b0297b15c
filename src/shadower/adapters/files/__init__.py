"""Files: rows of CSV, NDJSON and JSON, read in constant memory; checkpoints; rows set aside."""
