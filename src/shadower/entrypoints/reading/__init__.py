"""Reading events as they are sent, by whichever way: over HTTP, from a file, from a program."""
