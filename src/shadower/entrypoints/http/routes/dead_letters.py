"""What handlers of the event bus could not handle: look at it, have it handled again, drop it."""

from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from shadower.application.drop_dead_letter import DropDeadLetter
from shadower.application.known_callers import Caller
from shadower.application.list_dead_letters import ListDeadLetters
from shadower.application.replay_dead_letter import ReplayDeadLetter
from shadower.domain.bus.dead_letter import DeadLetterId, LetterState
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import cursor_of, numbers_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.wire.dead_letters_out import DeadLetterOut, DeadLetterPage, dead_letter_out

Group = Annotated[str | None, QueryParameter(max_length=100, description="Only of the handler of this group.")]
State = Annotated[
    LetterState | None,
    QueryParameter(name="state", description="Only what is `open`, or only what is `replaying`; both if absent."),
]
Number = Annotated[int, PathParameter(description="The `id` of the dead letter.", ge=0, le=2**63 - 1)]


@get("/dead-letters", opt=needs(Scope.ADMIN), summary="List dead letters", tags=["dead letters"])
async def get_dead_letters(
    caller: NamedDependency[Caller],
    list_dead_letters: NamedDependency[ListDeadLetters],
    group: Group = None,
    in_state: State = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> DeadLetterPage:
    """List events that handlers could not handle, newest first."""
    before = DeadLetterId(numbers_in(cursor, "dead-letters", 1)[0]) if cursor else None
    page = await list_dead_letters(caller.workspace, group=group or None, state=in_state, limit=limit, before=before)
    following = None if page.next is None else cursor_of("dead-letters", page.next)
    return DeadLetterPage([dead_letter_out(letter) for letter in page.items], following)


@post(
    "/dead-letters/{letter_id:int}/replay",
    opt=needs(Scope.ADMIN),
    status_code=202,
    summary="Have a dead letter handled again",
    tags=["dead letters"],
)
async def post_dead_letter_replay(
    caller: NamedDependency[Caller], replay_dead_letter: NamedDependency[ReplayDeadLetter], letter_id: Number
) -> DeadLetterOut:
    """Give the event to its handler once more, within seconds. Handled, it leaves the list; if not, it stays."""
    return dead_letter_out(await replay_dead_letter(caller.workspace, DeadLetterId(letter_id)))


@delete("/dead-letters/{letter_id:int}", opt=needs(Scope.ADMIN), summary="Drop a dead letter", tags=["dead letters"])
async def delete_dead_letter(
    caller: NamedDependency[Caller], drop_dead_letter: NamedDependency[DropDeadLetter], letter_id: Number
) -> None:
    """Drop it for good: its handler never gets the event again, which stays in the log."""
    await drop_dead_letter(caller.workspace, DeadLetterId(letter_id))
