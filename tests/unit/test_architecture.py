"""Rules about the code's shape that import-linter cannot express."""

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "shadower"
VAGUE_NAMES = {"common", "helpers", "misc", "shared", "util", "utils"}


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (SOURCE / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", modules("domain", "application"), ids=name_of)
def test_the_core_needs_nothing_but_the_standard_library(path: Path) -> None:
    assert imported_packages(path) - sys.stdlib_module_names - {"shadower"} == set()


def test_no_import_is_hidden_from_the_running_program() -> None:
    """A TYPE_CHECKING block lets modules depend on each other in a circle."""
    assert [name_of(path) for path in modules(".") if "TYPE_CHECKING" in path.read_text("utf-8")] == []


def test_every_module_is_named_by_what_it_is_about() -> None:
    assert [name_of(path) for path in modules(".") if VAGUE_NAMES & {*path.relative_to(SOURCE).parts, path.stem}] == []
