"""Importing a file: rows become events, each row once, however often the import is stopped, repeated or continued."""
