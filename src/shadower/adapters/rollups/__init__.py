"""
Rollup pages as blobs: folding events into them, merging, reading and comparing, all without I/O.

What lies beneath the SQL stores: they read and write the pages, this package knows what is inside. Many pages are
handled at a time as one `Table` of numpy arrays, so that nothing is done event by event and little page by page.
Importing a module here imports numpy; the package itself does not.
"""
