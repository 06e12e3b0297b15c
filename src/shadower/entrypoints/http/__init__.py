"""The HTTP entrypoint: the API, the pages, and what operators look at."""
