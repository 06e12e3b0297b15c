"""How the service is."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec
from msgspec import Struct

from shadower.application.known_callers import Caller
from shadower.application.live.subscriptions import AnswerSubscription
from shadower.application.report_health import ReportHealth
from shadower.domain.keys.key import Scope
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.live.topics.topic import USUAL, Every, Topic
from shadower.entrypoints.http.wire.health_out import health_out


class HowOften(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often it is looked at."""

    every: Every = USUAL


class HealthTopic(Topic):
    """What `/health` tells to a key with the scope read."""

    name: ClassVar[str] = "health"
    scope: ClassVar[Scope] = Scope.READ
    forms: ClassVar[tuple[type[Struct], ...]] = (HowOften,)

    def __init__(self, report_health: ReportHealth) -> None:
        self._report = report_health

    @classmethod
    def of(cls, container: Container) -> Self:
        return cls(container.report_health())

    def form(self, given: Mapping[str, Any]) -> type[Struct]:  # noqa: ARG002 - there is one
        return HowOften

    def subscription(self, name: str, caller: Caller, parameters: HowOften) -> AnswerSubscription:  # noqa: ARG002 - the same for all
        return AnswerSubscription(name, self.name, None, self._ask, parameters.every)

    async def _ask(self) -> bytes:
        return msgspec.json.encode(health_out(await self._report(), details=True))
