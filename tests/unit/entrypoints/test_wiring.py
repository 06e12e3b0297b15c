"""What is loaded for which settings, and what is said when it is not there."""

import subprocess
import sys

import pytest

from shadower.entrypoints.container import Container
from shadower.entrypoints.settings import Technology
from shadower.entrypoints.settings_sources import settings_for


def test_every_provider_of_the_container_provides() -> None:
    container = Container(settings=settings_for(profile="memory"))
    for name, provider in container.providers.items():
        assert provider() is not None, name


@pytest.mark.parametrize("technology", Technology)
def test_making_a_container_opens_nothing(technology: Technology) -> None:
    url = {
        Technology.MEMORY: "memory://",
        Technology.SQLITE: "sqlite:////nonexistent/folder/x.db",
        Technology.POSTGRES: "postgresql://nobody@127.0.0.1:1/nothing",
    }[technology]
    assert Container(settings=settings_for(database_url=url)).store() is not None


def test_an_extra_that_is_not_installed_is_named_with_the_command_that_installs_it() -> None:
    script = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from shadower.entrypoints.cli import main\n"
        "main(['workspaces', 'list'])"
    )
    environment = {"SHADOWER_DATABASE_URL": "postgresql://me@127.0.0.1:1/d", "PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.endswith("pip install 'shadower[postgres]'\n")
    assert told.stderr.count("\n") == 1
