"""What has to happen in Redis all at once, as scripts that run there."""

from importlib.resources import files
from typing import Any, Final

_FOLDER: Final = files("shadower.adapters.redis").joinpath("lua")
_NAMES: Final = ("claim", "join", "leave", "publish", "restart", "state", "take", "trim")


class Scripts:
    """The scripts by name: `await scripts.run("join", group, position)`."""

    def __init__(self, client: Any, keys: tuple[str, ...]) -> None:  # noqa: ANN401 - see `redis_client`
        self._keys = keys
        self._scripts = {name: script(client, name) for name in _NAMES}

    async def run(self, name: str, *given: str | int | bytes) -> Any:  # noqa: ANN401 - whatever a script returns
        """Run a script and return its answer, texts as bytes."""
        return await self._scripts[name](keys=self._keys, args=given)


def script(client: Any, name: str) -> Any:  # noqa: ANN401 - see `redis_client`
    """Return one script, to be called with `keys` and `args`."""
    return client.register_script(_FOLDER.joinpath(f"{name}.lua").read_text("utf-8"))
