"""The event: its record, the rules of admission, its identity and fingerprint."""
