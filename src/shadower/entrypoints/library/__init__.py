"""Shadower inside a program: the same log, the same answers, without a server."""
