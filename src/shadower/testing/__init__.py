"""
For the tests of people who use Shadower: builders of events, and a clock that stands still.

A builder hides what does not matter to a test: `an_event(status="failure")` is a whole event that failed.
"""

from shadower.testing.builders import NOW, SentByHand, a_batch, a_refused_event, a_sent_event, an_event
from shadower.testing.clock import HandClock

__all__ = ["NOW", "HandClock", "SentByHand", "a_batch", "a_refused_event", "a_sent_event", "an_event"]
