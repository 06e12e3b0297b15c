"""Cron arithmetic by the library cronsim."""
