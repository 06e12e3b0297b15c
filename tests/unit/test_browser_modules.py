"""Rules for the scripts of the pages, which no Python tool looks at."""

import re
from functools import cache
from pathlib import Path

import pytest

HTTP = Path(__file__).parents[2] / "src" / "shadower" / "entrypoints" / "http"
SCRIPTS = HTTP / "static" / "js"
LONGEST = 200

MODULES = sorted(SCRIPTS.rglob("*.js"))


def name_of(path: Path) -> str:
    return str(path.relative_to(SCRIPTS))


@cache
def source(path: Path) -> str:
    return path.read_text("utf-8")


def imports(path: Path) -> list[tuple[list[str], Path]]:
    """Names and the file they come from; `*` for a whole module."""
    found = re.findall(r'^import (?:\{ ([^}]+) \}|\* as \w+) from "([^"]+)";', source(path), re.MULTILINE)
    return [
        ([name.strip() for name in names.split(",")] if names else ["*"], (path.parent / of).resolve())
        for names, of in found
    ]


def exports(path: Path) -> set[str]:
    return set(re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", source(path), re.MULTILINE))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_for_and_is_short(path: Path) -> None:
    assert source(path).startswith("// ")
    assert len(source(path).splitlines()) < LONGEST


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_text_never_becomes_markup_or_code(path: Path) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"style"
    assert re.findall(forbidden, source(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_imported_is_there(path: Path) -> None:
    for names, of in imports(path):
        assert of.is_file(), of
        assert set(names) - {"*"} <= exports(of), (names, name_of(of))


def test_what_is_exported_is_used() -> None:
    used = {(of, name) for path in MODULES for names, of in imports(path) for name in names}
    whole = {of for of, name in used if name == "*"}
    unused = [
        (name_of(path), name)
        for path in MODULES
        for name in exports(path)
        if (path, name) not in used and path not in whole
    ]
    assert unused == []


def test_every_element_a_script_asks_for_by_id_is_in_a_template() -> None:
    templates = "".join(path.read_text("utf-8") for path in (HTTP / "templates").glob("*.html"))
    made = "".join(source(path) for path in MODULES)
    for path in MODULES:
        for name in re.findall(r'byId\("([\w-]+)"\)', source(path)):
            assert f'id="{name}"' in templates or f'id: "{name}"' in made, (name_of(path), name)


def test_every_page_with_scripts_has_its_view() -> None:
    pages = (HTTP / "pages.py").read_text("utf-8")
    names = re.findall(r'frame\.page\("([\w-]+)"', pages)
    assert {f"{name}.js" for name in names} == {path.name for path in (SCRIPTS / "views").glob("*.js")}
    assert all((HTTP / "templates" / f"{name.replace('-', '_')}.html").is_file() for name in names)
