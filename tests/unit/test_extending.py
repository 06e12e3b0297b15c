"""`docs/extending.md`: each section is a program, and runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


def program(section: str) -> str:
    return "\n".join(re.findall(r"^```python\n(.*?)^```", SECTIONS[section], re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("section", SECTIONS)
def test_the_examples_of_a_section_run_one_after_the_other(section: str, tmp_path: Path) -> None:
    assert "assert " in program(section), "an example shows what comes of it"
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", program(section)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.returncode == 0, told.stderr
