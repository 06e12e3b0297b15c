"""What the documentation shows is run as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from shadower.entrypoints.settings import RULES, Profile, variable

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebook").glob("*.ipynb"))
EXAMPLES = re.findall(r"```python\n(.*?)```", (DOCS / "library.md").read_text("utf-8"), re.DOTALL)


def test_the_examples_of_the_library_run_one_after_the_other(tmp_path: Path) -> None:
    assert len(EXAMPLES) >= 3
    for example in EXAMPLES:
        told = subprocess.run(
            [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stderr


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
# A kernel is a process that warns of its own ways.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
def test_every_notebook_runs_and_draws(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    charts = [data["text/html"] for data in shown if "vega-embed" in data.get("text/html", "")]
    assert len(charts) == 2
    assert not [chart for chart in charts if "://cdn" in chart]
    assert "True" in [data["text/plain"] for data in shown], "the sum of money is not exact"


def test_notebooks_are_kept_without_outputs() -> None:
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        assert not [cell for cell in nbformat.read(path, as_version=4).cells if cell.get("outputs")]


def test_every_setting_is_in_the_manual_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `(SHADOWER_\w+)` \| (.*?) \|", (DOCS / "operating.md").read_text("utf-8"), re.MULTILINE)
    )
    assert list(rows) == [variable(name) for name in RULES]
    for name, rule in RULES.items():
        told = rows[variable(name)]
        if rule.default is not None:
            assert told.startswith(f"`{rule.default}`")
        for profile in Profile:
            if rule.default is not None and profile in rule.by_profile:
                assert f"`{profile}`: `{rule.by_profile[profile]}`" in told
