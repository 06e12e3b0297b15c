"""Retention: how long events are kept, and what is known of those that are gone."""
