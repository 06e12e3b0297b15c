"""Shadower as it runs in production, on one machine."""
