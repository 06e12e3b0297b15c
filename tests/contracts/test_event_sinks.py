"""Where events are sent: in a store on this machine and on a server, the same becomes of them."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from shadower.adapters.codec.sent_event import event_json
from shadower.adapters.remote.http_sink import HttpEventSink
from shadower.application.ports.event_sink import EventSink, Receipt
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Outcome
from shadower.entrypoints.cli.import_sinks import StoreSink
from shadower.testing import HandClock
from tests.http.conftest import Service, at_work


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with at_work(HandClock()) as service:
        yield service


@pytest.fixture(params=["store", "server"])
async def sink(request: pytest.FixtureRequest, service: Service) -> EventSink:
    if request.param == "server":
        return HttpEventSink(await service.caller(), event_json)
    default = await service.container.list_workspaces().with_slug("default")
    return StoreSink(service.container.ingest_events(), default.id)


def counts(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.stored, receipt.duplicates, receipt.conflicts, receipt.rejected


async def test_what_became_of_each_event_is_told_and_none_stops_its_neighbours(sink: EventSink) -> None:
    first = {"id": "a", "type": "agent.executed", "cost": Decimal("0.1")}
    assert counts(await sink.send([first])) == (1, 0, 0, 0)
    receipt = await sink.send(
        [{"type": "Nonsense"}, first, {**first, "cost": "0.2"}, {"id": "b", "type": "user.login"}]
    )
    assert counts(receipt) == (1, 1, 1, 1)
    assert [(result.index, result.outcome) for result in receipt.results] == [
        (0, Outcome.REJECTED),
        (1, Outcome.DUPLICATE),
        (2, Outcome.CONFLICT),
    ]
    told = receipt.results[0]
    assert (told.code, told.field) == ("type_invalid", "type")
    assert told.message


async def test_every_digit_arrives(sink: EventSink, service: Service) -> None:
    api = await service.caller()
    await sink.send([{"id": "a", "type": "agent.executed", "data": {"exact": Decimal("0.10000000000000000001")}}])
    assert '"exact":0.10000000000000000001' in (await api.get("/api/v1/events/a")).text


async def test_what_is_returned_is_durable(sink: EventSink, service: Service) -> None:
    await sink.send([{"type": "a.b"}] * 3)
    api = await service.caller()
    assert (await api.get("/api/v1/events/statistics")).json()["events"] == 3


async def test_nothing_to_send_is_no_fault(sink: EventSink) -> None:
    assert counts(await sink.send([])) == (0, 0, 0, 0)


async def test_what_may_not_have_arrived_may_be_sent_again(sink: EventSink, service: Service) -> None:
    events = [{"id": "a", "type": "agent.executed"}]
    await sink.send(events)
    await service.container.store().close()
    with pytest.raises(Unavailable):
        await sink.send(events)
    await service.container.store().open()
    assert counts(await sink.send(events)) == (0, 1, 0, 0)
