"""`shadower keys`."""

from collections.abc import AsyncIterator, Sequence

import click

from shadower.domain.events.moments import rfc3339
from shadower.domain.keys.key import ApiKey, KeyId, Scope
from shadower.entrypoints.cli.session import open_store, run
from shadower.entrypoints.container import Container

PAGE = 500

workspace_option = click.option("--workspace", required=True, metavar="SLUG", help="The workspace of the key.")


@click.group("keys")
def command() -> None:
    """Make, list and revoke API keys. A key says which workspace a request is about, and what it may do."""


@command.command("create")
@workspace_option
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="SCOPE",
    help="What the key may do: ingest, read, or admin, which includes the others. May be given several times.",
)
@click.option("--name", default="made by command", show_default=True, help="What people tell the key by.")
@click.argument("more", nargs=-1, metavar="[SCOPE]...")
def create(workspace: str, scopes: Sequence[str], name: str, more: Sequence[str]) -> None:
    """
    Make a key.

    The key alone goes to standard output, so that KEY=$(shadower keys create --workspace W --scope ingest read) holds
    it. It is shown only now.
    """
    key, text = run(_create(workspace, name, _scopes((*scopes, *more))))
    click.echo(f"Made key {key.id} of {workspace} with {', '.join(sorted(key.scopes))}, shown only now:", err=True)
    click.echo(text)


@command.command("list")
@workspace_option
def list_all(workspace: str) -> None:
    """List keys: number, beginning, scopes, name, when last used, whether revoked."""
    for key in run(_list(workspace)):
        used = "never used" if key.last_used_at is None else f"used {rfc3339(key.last_used_at)}"
        state = "" if key.revoked_at is None else f"revoked {rfc3339(key.revoked_at)}"
        click.echo(
            "\t".join((str(key.id), f"{key.prefix}…", ",".join(sorted(key.scopes)), key.name, used, state)).rstrip()
        )


@command.command("revoke")
@workspace_option
@click.argument("number", type=int)
def revoke(workspace: str, number: int) -> None:
    """
    Revoke the key NUMBER, as `shadower keys list` shows it.

    It stops working within a second, and so do the browser sessions that were opened with it.
    """
    run(_revoke(workspace, KeyId(number)))
    click.echo(f"Revoked key {number} of {workspace}.", err=True)


def _scopes(given: Sequence[str]) -> Sequence[Scope]:
    names = [name for text in given for name in text.split(",") if name]
    for name in names:
        if name not in list(Scope):
            raise click.BadParameter(f"{name!r} is none of {', '.join(Scope)}", param_hint="--scope")
    return [Scope(name) for name in names]


async def _create(workspace: str, name: str, scopes: Sequence[Scope]) -> tuple[ApiKey, str]:
    async with open_store() as container:
        found = await container.list_workspaces().with_slug(workspace)
        made: tuple[ApiKey, str] = await container.issue_key()(found.id, name, scopes)
        return made


async def _list(workspace: str) -> list[ApiKey]:
    async with open_store() as container:
        return [key async for key in _every_key(container, workspace)]


async def _every_key(container: Container, workspace: str) -> AsyncIterator[ApiKey]:
    found = await container.list_workspaces().with_slug(workspace)
    after: KeyId | None = None
    while True:
        page = await container.list_keys()(found.id, limit=PAGE, after=after)
        for key in page.items:
            yield key
        if page.next is None:
            return
        after = page.next


async def _revoke(workspace: str, number: KeyId) -> None:
    async with open_store() as container:
        found = await container.list_workspaces().with_slug(workspace)
        await container.revoke_key()(found.id, number)
