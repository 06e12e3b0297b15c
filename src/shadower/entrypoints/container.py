"""
The one container: it selects, and nothing else does.

An entrypoint makes it for its settings and asks it for use cases. Making it opens nothing and imports no more than what
the settings choose.
"""

from dependency_injector import containers, providers

from shadower.adapters.codec.answers import MsgspecAnswerCodec
from shadower.adapters.codec.payload import canonical_json
from shadower.adapters.cronsim.cron import CronsimCron
from shadower.adapters.rollups.kept import MsgspecTallyCodec
from shadower.adapters.system.chance import SystemChance
from shadower.adapters.system.clock import SystemClock
from shadower.adapters.system.meter import SilentMeter
from shadower.adapters.system.process import process_name
from shadower.adapters.system.secrets import SystemSecrets
from shadower.application.acknowledge_overflow import AcknowledgeOverflow
from shadower.application.add_bus_group import AddBusGroup
from shadower.application.apply_retention import ApplyRetention
from shadower.application.authenticate import Authenticate
from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.bus.bus_relay import BusRelay, with_relay
from shadower.application.bus.fill_bus import FillBus
from shadower.application.bus.handle_events import HandleEvents
from shadower.application.bus.means import Means as BusMeans
from shadower.application.bus.tend_bus import TendBus
from shadower.application.cancel_job import CancelJob
from shadower.application.change_workspace import ChangeWorkspace
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.create_workspace import CreateWorkspace
from shadower.application.drop_dead_letter import DropDeadLetter
from shadower.application.drop_quarantined import DropQuarantined
from shadower.application.enqueue_job import EnqueueJob
from shadower.application.group_commit import GroupCommit
from shadower.application.ingest_events import IngestEvents
from shadower.application.issue_key import IssueKey
from shadower.application.kept.kept_snapshot import Means
from shadower.application.kept.last_answers import LastAnswers, LastingBreakdowns, LastingCharts, LastingSummaries
from shadower.application.kept.overviews import Overviews
from shadower.application.kept.recent_questions import RecentQuestions
from shadower.application.kept.touches import Touches
from shadower.application.kept.warm_answers import WarmAnswers
from shadower.application.known_callers import KnownCallers
from shadower.application.known_tasks import KnownTasks
from shadower.application.list_bus_groups import ListBusGroups
from shadower.application.list_dead_letters import ListDeadLetters
from shadower.application.list_events import ListEvents
from shadower.application.list_jobs import ListJobs
from shadower.application.list_keys import ListKeys
from shadower.application.list_metrics import ListMetrics
from shadower.application.list_projections import ListProjections
from shadower.application.list_quarantine import ListQuarantine
from shadower.application.list_retention_runs import ListRetentionRuns
from shadower.application.list_schedules import ListSchedules
from shadower.application.list_sessions import ListSessions
from shadower.application.list_workspaces import ListWorkspaces
from shadower.application.live.live import Live
from shadower.application.open_the_door import OpenTheDoor
from shadower.application.pause_projection import PauseProjection
from shadower.application.read_event import ReadEvent
from shadower.application.read_job import ReadJob
from shadower.application.read_retention import ReadRetention
from shadower.application.read_session import ReadSession
from shadower.application.read_workspace import ReadWorkspace
from shadower.application.record_key_use import RecordKeyUse
from shadower.application.registered_projections import RegisteredProjections
from shadower.application.remove_bus_group import RemoveBusGroup
from shadower.application.replay_dead_letter import ReplayDeadLetter
from shadower.application.replay_projection import ReplayProjection
from shadower.application.replay_quarantined import ReplayQuarantined
from shadower.application.report_data_health import ReportDataHealth
from shadower.application.report_health import ReportHealth
from shadower.application.request_job import RequestJob
from shadower.application.reset_projection import ResetProjection
from shadower.application.resume_projection import ResumeProjection
from shadower.application.retake_event import RetakeEvent
from shadower.application.retry_job import RetryJob
from shadower.application.revoke_key import RevokeKey
from shadower.application.run_due_schedules import RunDueSchedules
from shadower.application.run_job import RunJob
from shadower.application.run_projections import RunProjections
from shadower.application.run_schedule import RunSchedule
from shadower.application.schedules.nightly_retention import NIGHTLY_RETENTION
from shadower.application.schedules.rollup_consolidation import ROLLUP_CONSOLIDATION
from shadower.application.schedules.store_upkeep import STORE_UPKEEP
from shadower.application.sign_in import SignIn
from shadower.application.sign_out import SignOut
from shadower.application.summarize_events import SummarizeEvents
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.application.sweep_jobs import SweepJobs
from shadower.application.take_job import TakeJob
from shadower.application.tasks.consolidate_rollups import ConsolidateRollups
from shadower.application.tasks.keep_store import KeepStore
from shadower.application.tasks.purge_quarantine import PurgeQuarantine
from shadower.application.tasks.rebuild_rollups import RebuildRollups
from shadower.application.tasks.remove_old_events import RemoveOldEvents
from shadower.application.tasks.replay_quarantine import ReplayQuarantine
from shadower.application.tasks.verify_rollups import VerifyRollups
from shadower.application.tell_acts import TellActs
from shadower.application.watch_quarantine import WatchQuarantine
from shadower.domain.events.admission import Admission
from shadower.domain.live.seats import Seats
from shadower.entrypoints.reading.events import read_event as read_sent_event
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.start import Start
from shadower.entrypoints.wiring.bundle import Closing
from shadower.entrypoints.wiring.choice import (
    chosen_bus,
    chosen_cache,
    chosen_queue,
    chosen_snapshot,
    chosen_store,
    lasting,
)


def raise_it(error: Exception) -> None:
    """Do with what goes wrong in the background as long as nobody wants to be told."""
    raise error


class Container(containers.DeclarativeContainer):
    """`Container(settings=…)`. Who needs no first admin key says `wants_first_key=providers.Object(False)`."""

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    secrets = providers.Singleton(SystemSecrets)
    chance = providers.Singleton(SystemChance)
    cron = providers.Singleton(CronsimCron)
    report = providers.Object(raise_it)
    meter = providers.Singleton(SilentMeter)
    start = providers.Singleton(Start)
    wants_first_key = providers.Object(True)
    to_close: providers.Provider[list[Closing]] = providers.Singleton(list)

    bundle = providers.Singleton(chosen_store, settings, clock)
    store = bundle.provided.store
    log = bundle.provided.log
    snapshot = bundle.provided.snapshot
    begin = bundle.provided.begin
    rollups = bundle.provided.rollups
    removal = bundle.provided.removal

    # Following the log: adding a projection is one line here (docs/extending.md)
    projections = providers.List(
        rollups,
    )

    # Reacting to events: adding a handler is one line here (docs/extending.md)
    handlers = providers.List()

    bus = providers.Singleton(chosen_bus, settings, to_close)
    fill_bus = providers.Singleton(FillBus, bus, log, begin)
    bus_relay = providers.Singleton(BusRelay, fill_bus)
    tend_bus = providers.Singleton(TendBus, bus, fill_bus, begin, clock)
    bus_means = providers.Singleton(BusMeans, bus, fill_bus, log, begin, clock, owner=providers.Callable(process_name))
    handle_events = providers.Singleton(HandleEvents, handlers, bus_means, tend_bus)
    list_bus_groups = providers.Singleton(ListBusGroups, begin, clock)
    add_bus_group = providers.Singleton(AddBusGroup, begin, log, bus, fill_bus, clock, handlers)
    remove_bus_group = providers.Singleton(RemoveBusGroup, begin, bus)
    list_dead_letters = providers.Singleton(ListDeadLetters, begin)
    replay_dead_letter = providers.Singleton(ReplayDeadLetter, begin)
    drop_dead_letter = providers.Singleton(DropDeadLetter, begin)

    registered_projections = providers.Singleton(
        RegisteredProjections, providers.Callable(with_relay, projections, handlers, bus, bus_relay)
    )
    run_projections = providers.Singleton(
        RunProjections, registered_projections, log, begin, clock, owner=providers.Callable(process_name)
    )
    retake_event = providers.Singleton(RetakeEvent, registered_projections, snapshot, begin, clock)
    list_projections = providers.Singleton(ListProjections, registered_projections, begin, clock)
    pause_projection = providers.Singleton(PauseProjection, registered_projections, begin)
    resume_projection = providers.Singleton(ResumeProjection, registered_projections, begin)
    reset_projection = providers.Singleton(ResetProjection, registered_projections, begin)
    replay_projection = providers.Singleton(ReplayProjection, registered_projections, begin)

    # Taking in events
    admission = providers.Singleton(Admission, canonical_json, secrets.provided.event_id)
    group_commit = providers.Singleton(GroupCommit, log, meter, most_waiting=settings.provided.ingest_queue_events)
    ingest_events = providers.Singleton(IngestEvents, admission, group_commit, clock, meter)
    tell_acts = providers.Singleton(TellActs, begin, ingest_events)
    list_quarantine = providers.Singleton(ListQuarantine, begin)
    replay_quarantined = providers.Singleton(ReplayQuarantined, begin, admission, ingest_events, retake_event, clock)
    drop_quarantined = providers.Singleton(DropQuarantined, begin)
    watch_quarantine = providers.Singleton(WatchQuarantine, begin)

    # Letting go
    apply_retention = providers.Singleton(ApplyRetention, begin, removal, clock, registered_projections, handlers)
    read_retention = providers.Singleton(ReadRetention, snapshot, begin, clock)
    list_retention_runs = providers.Singleton(ListRetentionRuns, begin)

    # Work put off: adding a task or a schedule is one line here (docs/extending.md)
    tasks = providers.List(
        providers.Singleton(KeepStore, store),
        providers.Singleton(ConsolidateRollups, rollups),
        providers.Singleton(RemoveOldEvents, apply_retention),
        providers.Singleton(RebuildRollups, rollups),
        providers.Singleton(VerifyRollups, rollups),
        providers.Singleton(ReplayQuarantine, begin, replay_quarantined, providers.Object(read_sent_event)),
        providers.Singleton(PurgeQuarantine, begin),
    )
    schedules = providers.List(
        providers.Object(STORE_UPKEEP),
        providers.Object(ROLLUP_CONSOLIDATION),
        providers.Object(NIGHTLY_RETENTION),
    )
    known_tasks = providers.Singleton(KnownTasks, tasks.provider)
    run_job = providers.Singleton(RunJob, begin, known_tasks, clock, chance, meter)
    take_job = providers.Factory(TakeJob, run_job, report)
    queue_bundle = providers.Singleton(chosen_queue, settings, take_job.provider, to_close)
    task_queue = queue_bundle.provided.queue
    workers = queue_bundle.provided.workers
    enqueue_job = providers.Singleton(EnqueueJob, begin, known_tasks, task_queue, clock, secrets, meter)
    request_job = providers.Singleton(RequestJob, begin, known_tasks, enqueue_job)
    list_jobs = providers.Singleton(ListJobs, begin)
    read_job = providers.Singleton(ReadJob, begin)
    cancel_job = providers.Singleton(CancelJob, begin, clock)
    retry_job = providers.Singleton(RetryJob, begin, enqueue_job, clock)
    sweep_jobs = providers.Singleton(SweepJobs, begin, task_queue, clock)
    run_due_schedules = providers.Singleton(RunDueSchedules, begin, schedules, cron, enqueue_job, clock)
    run_schedule = providers.Singleton(RunSchedule, begin, schedules, enqueue_job)
    list_schedules = providers.Singleton(ListSchedules, begin, schedules, cron, clock)

    # Who may
    known_callers = providers.Singleton(KnownCallers)
    record_key_use = providers.Singleton(RecordKeyUse, begin, clock)
    authenticate = providers.Singleton(Authenticate, begin, clock, known_callers, record_key_use)
    sign_in = providers.Singleton(SignIn, authenticate, begin, clock, secrets)
    sign_out = providers.Singleton(SignOut, begin, known_callers)
    open_the_door = providers.Singleton(OpenTheDoor, begin, clock, secrets)
    issue_key = providers.Singleton(IssueKey, begin, clock, secrets)
    list_keys = providers.Singleton(ListKeys, begin)
    revoke_key = providers.Singleton(RevokeKey, begin, clock, known_callers)
    create_workspace = providers.Singleton(CreateWorkspace, begin, clock)
    list_workspaces = providers.Singleton(ListWorkspaces, begin)
    read_workspace = providers.Singleton(ReadWorkspace, begin)
    change_workspace = providers.Singleton(ChangeWorkspace, begin, clock)

    # Keeping what was counted
    cache = providers.Singleton(chosen_cache, settings, clock, chance, to_close)
    touches = providers.Singleton(Touches)
    keeping = providers.Singleton(Means, cache, touches, providers.Singleton(MsgspecTallyCodec))
    recent_questions = providers.Singleton(RecentQuestions, clock)
    last_answers = providers.Singleton(LastAnswers, cache, providers.Singleton(MsgspecAnswerCodec), recent_questions)
    kept_snapshot = providers.Singleton(chosen_snapshot, settings, snapshot, keeping)

    # Asking
    list_metrics = providers.Singleton(ListMetrics)
    summarize_metrics = providers.Singleton(
        lasting(LastingSummaries), settings, providers.Singleton(SummarizeMetrics, kept_snapshot, begin), last_answers
    )
    chart_metrics = providers.Singleton(
        lasting(LastingCharts), settings, providers.Singleton(ChartMetrics, kept_snapshot, begin), last_answers
    )
    break_down_metrics = providers.Singleton(
        lasting(LastingBreakdowns), settings, providers.Singleton(BreakDownMetrics, kept_snapshot, begin), last_answers
    )
    overviews = providers.Singleton(
        Overviews, begin, snapshot, summarize_metrics, chart_metrics, break_down_metrics, clock
    )
    warm_answers = providers.Singleton(WarmAnswers, recent_questions, overviews, group_commit, clock)
    list_events = providers.Singleton(ListEvents, snapshot, begin)
    read_event = providers.Singleton(ReadEvent, snapshot)
    summarize_events = providers.Singleton(SummarizeEvents, snapshot, begin)
    list_sessions = providers.Singleton(ListSessions, snapshot, begin)
    read_session = providers.Singleton(ReadSession, snapshot)

    # Telling what happens while it happens
    seats = providers.Singleton(
        Seats,
        most=settings.provided.live_connections,
        most_sockets=settings.provided.live_websockets,
        most_per_key=settings.provided.live_connections_per_key,
    )
    live = providers.Singleton(Live, log, snapshot, authenticate, seats)

    # Looking after it
    acknowledge_overflow = providers.Singleton(AcknowledgeOverflow, begin)
    report_data_health = providers.Singleton(ReportDataHealth, snapshot, begin, registered_projections, clock)
    report_health = providers.Singleton(
        ReportHealth, store, begin, registered_projections, bus, task_queue, group_commit, cache, clock
    )
