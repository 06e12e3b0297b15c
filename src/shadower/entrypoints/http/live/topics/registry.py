"""Every topic there is. A new one is a file beside this, and a name here."""

from collections.abc import Mapping

from shadower.entrypoints.container import Container
from shadower.entrypoints.http.live.topics.events import EventsTopic
from shadower.entrypoints.http.live.topics.health import HealthTopic
from shadower.entrypoints.http.live.topics.jobs import JobsTopic
from shadower.entrypoints.http.live.topics.metrics import MetricsTopic
from shadower.entrypoints.http.live.topics.topic import Topic

Topics = Mapping[str, Topic]

TOPICS: tuple[type[Topic], ...] = (EventsTopic, MetricsTopic, JobsTopic, HealthTopic)


def every_topic(container: Container) -> Topics:
    """Return the topics by name."""
    return {kind.name: kind.of(container) for kind in TOPICS}
