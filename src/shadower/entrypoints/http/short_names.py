"""Short names in query strings: `agent` for `agent_id` and its like, as people say and write them."""

import re

_FIELD = re.compile(rb"(^|&)(agent|user|session|correlation)(?==)")
_NAMED = re.compile(rb"(^|&)((?:(?:group_)?by|has|missing)=)(agent|user|session|correlation)(?=&|$)")


def with_field_names(query_string: bytes) -> bytes:
    """Return the query string with the names of fields where it has the short ones."""
    return _NAMED.sub(rb"\1\2\3_id", _FIELD.sub(rb"\1\2_id", query_string))
