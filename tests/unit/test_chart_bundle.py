"""The browser's chart library is part of an installation, so that pages work without a network."""

from importlib import resources


def test_an_installation_carries_the_chart_bundle_as_one_module() -> None:
    bundle = resources.files("shadower") / "entrypoints/http/static/vendor/vega.js"
    text = bundle.read_text("utf-8")
    assert text.startswith("/* Vega ")
    assert text.rstrip().endswith(" as embed};")
    assert "import(" not in text
    assert "https://cdn." not in text
