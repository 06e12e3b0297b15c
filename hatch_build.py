"""
Make the browser's chart bundle when the package is built or installed (editable installs included).

One ES module with Vega, Vega-Lite and Vega-Embed and everything beneath them, so that pages need no CDN:

    import { embed } from "./vendor/vega.js";
    const tooltip = { disableDefaultStyle: true };
    const { view } = await embed(element, spec, { ast: true, actions: false, defaultStyle: false, tooltip });

With `ast`, expressions are interpreted instead of compiled by `new Function`, so a Content-Security-Policy needs no
`unsafe-eval`; without the default styles it needs no `unsafe-inline`. It is made here because making it takes seconds
and 140 MB, which no server process should pay for.
"""

from pathlib import Path
from typing import Any

import vl_convert
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = Path("src/shadower/entrypoints/http/static/vendor/vega.js")
VEGA_LITE = "6.4"
EXPORTS = "export { vegaEmbed as embed };"


class ChartBundleHook(BuildHookInterface[Any]):
    """Writes the bundle into the source tree, from where wheel and editable install both serve it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        write_bundle(Path(self.root) / BUNDLE)

    def clean(self, versions: list[str]) -> None:
        (Path(self.root) / BUNDLE).unlink(missing_ok=True)


def write_bundle(target: Path) -> None:
    """Write the bundle, unless the one there was made by the same versions of the same libraries."""
    header = (
        f"/* Vega {vl_convert.get_vega_version()}, Vega-Lite {VEGA_LITE}, "
        f"Vega-Embed {vl_convert.get_vega_embed_version()} (BSD-3-Clause), "
        f"bundled by vl-convert {vl_convert.__version__}. {EXPORTS} */\n"
    )
    if target.exists() and target.read_text("utf-8").startswith(header):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    unfinished.write_text(header + vl_convert.javascript_bundle(EXPORTS, vl_version=VEGA_LITE), "utf-8")
    unfinished.replace(target)  # so that an interrupted build never leaves half a bundle behind
