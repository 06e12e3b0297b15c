"""
For the tests of people who use Shadower: the application in memory, builders of events, and a clock that stands still.

A builder hides what does not matter to a test: `a_sent_event(status="failure")` is a whole event that failed.

    async with memory_container() as container:
        default = await container.list_workspaces().with_slug("default")
        sent = Submission([a_sent_event(), a_sent_event(id="run-7")], raw=lambda index: b"")
        receipt = await container.ingest_events()(default.id, None, sent)
        assert receipt.stored == 2
"""

from shadower.testing.builders import (
    NOW,
    SentByHand,
    a_batch,
    a_job,
    a_recorded_event,
    a_refused_event,
    a_sent_event,
    an_event,
    an_unhandled_event,
)
from shadower.testing.clock import HandClock
from shadower.testing.container import memory_container
from shadower.testing.handling import handle_all
from shadower.testing.projecting import project_all

__all__ = [
    "NOW",
    "HandClock",
    "SentByHand",
    "a_batch",
    "a_job",
    "a_recorded_event",
    "a_refused_event",
    "a_sent_event",
    "an_event",
    "an_unhandled_event",
    "handle_all",
    "memory_container",
    "project_all",
]
