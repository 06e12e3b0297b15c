"""
What every number of Shadower means: the aggregate, the definitions computed from it, and the calendar they follow.

`tally` is the mergeable aggregate, `histogram` its durations, `catalogue` every metric by name, `windows` the metrics
over rolling local days, and `calendar` the ranges and buckets all of them are asked for.
"""
