"""
What every number of Shadower means: the aggregate, the definitions computed from it, and the calendar they follow.

`tally` is the mergeable aggregate and `histogram` its durations; `catalogue` has every metric by name, with the base
ones in `measures` and those over rolling local days in `windows`; `calendar` cuts ranges into buckets.
"""
