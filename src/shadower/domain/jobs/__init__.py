"""Work put off: what a job is, and how it goes from waiting to its end."""
