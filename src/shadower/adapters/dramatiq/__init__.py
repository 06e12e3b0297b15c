"""Nudges as messages of Dramatiq, over Redis or RabbitMQ."""
