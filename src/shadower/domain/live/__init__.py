"""Rules for those who are told what happens while it happens."""
