"""What several processes measure, told as one."""

import os
import re
from pathlib import Path
from time import time

import pytest

from shadower.domain.events.event import Outcome
from shadower.entrypoints.http.instruments import Instruments


def a_process(folder: Path) -> Instruments:
    instruments = Instruments()
    instruments.share(folder).tell()
    return instruments


def told(instruments: Instruments, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", instruments.exposition().decode(), re.MULTILINE)
    assert found is not None, sample
    return float(found[1])


STORED = 'shadower_ingest_events_total{outcome="stored"}'


def test_counts_and_histograms_are_those_of_all_processes_whoever_is_asked(tmp_path: Path) -> None:
    one, other = a_process(tmp_path), a_process(tmp_path)
    one.decided({Outcome.STORED: 3})
    other.decided({Outcome.STORED: 4, Outcome.REJECTED: 1})
    one.answered("GET", "/a", 200, 0.003)
    other.answered("GET", "/a", 200, 0.2)
    other.answered("GET", "/b", 404, 0.2)
    told(other, STORED)  # being asked, it writes down what it has
    assert told(one, STORED) == 7
    assert told(one, 'shadower_ingest_events_total{outcome="rejected"}') == 1
    durations = "shadower_request_duration_seconds"
    for process in (one, other):
        assert told(process, f'{durations}_bucket{{le="0.005",method="GET",route="/a",status="200"}}') == 1
        assert told(process, f'{durations}_bucket{{le="+Inf",method="GET",route="/a",status="200"}}') == 2
        assert told(process, f'{durations}_sum{{method="GET",route="/a",status="200"}}') == pytest.approx(0.203)
        assert told(process, f'{durations}_count{{method="GET",route="/b",status="404"}}') == 1


def test_no_count_falls_when_another_process_is_asked_next_or_one_is_gone(tmp_path: Path) -> None:
    one, other = a_process(tmp_path), a_process(tmp_path)
    heard = 0.0
    for turn in range(6):
        one.decided({Outcome.STORED: 1})
        other.decided({Outcome.STORED: 10})
        now = told((one, other)[turn % 2], STORED)
        assert now >= heard
        heard = now
    del other
    assert told(one, STORED) >= heard
    assert told(a_process(tmp_path), STORED) >= heard


def test_a_gauge_of_each_process_is_added_up_while_the_process_is_there(tmp_path: Path) -> None:
    one, other = Instruments(), Instruments()
    one.waiting(3)
    other.waiting(4)
    one.share(tmp_path)
    other.share(tmp_path).tell()
    assert told(one, "shadower_ingest_queue_events") == 7
    for file in tmp_path.glob("*.json"):
        os.utime(file, (time() - 60, time() - 60))
    assert told(one, "shadower_ingest_queue_events") == 3


def test_other_gauges_are_what_the_process_that_is_asked_sees(tmp_path: Path) -> None:
    one, other = Instruments(), a_process(tmp_path)
    one.share(tmp_path).tell()
    assert told(other, "shadower_store_up") == 0
    assert len(re.findall(r"^shadower_log_position ", other.exposition().decode(), re.MULTILINE)) == 1


def test_alone_a_process_tells_what_it_told_before(tmp_path: Path) -> None:
    alone = Instruments()
    alone.decided({Outcome.STORED: 3})
    alone.answered("GET", "/a", 200, 0.003)
    before = sorted(alone.exposition().splitlines())
    alone.share(tmp_path)
    assert sorted(alone.exposition().splitlines()) == before
