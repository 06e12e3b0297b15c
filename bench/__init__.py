"""Benchmarks: every figure a ratio against a reference measured in the same run. `docs/benchmarks.md` explains them."""
