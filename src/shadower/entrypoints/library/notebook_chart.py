"""
A chart that shows in a notebook without any other host.

What Altair shows by itself loads Vega from a CDN. This chart carries the bundle that the server's pages draw with,
compressed; a page unpacks the first one and draws every chart with it.
"""

import gzip
import json
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

import altair as alt

_EXPORT = re.compile(r"export\s*\{\s*(\S+) as embed\s*\};?\s*$")
_HTML = """\
<div id="{id}" class="vega-embed"></div>
<script>
(async () => {{
  const unpacked = async (text) => {{
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }};
  globalThis.shadowerCharts ??= {{ ready: null, embed: null }};
  const charts = globalThis.shadowerCharts;
  charts.ready ??= unpacked("{bundle}");
  await charts.ready;
  await charts.embed("#{id}", {spec}, {{ mode: "vega-lite", logLevel: 1 }});
}})().catch((error) => {{ document.getElementById("{id}").textContent = error; }});
</script>
"""


class NotebookChart(alt.LayerChart):
    """An Altair chart like any other. Whoever chose a renderer with `altair.renderers.enable` gets that one."""

    def _repr_mimebundle_(self, *args: Any, **kwds: Any) -> Any:  # noqa: ANN401 - as Altair has it
        if alt.renderers.active != "default":
            return super()._repr_mimebundle_(*args, **kwds)
        return {"text/html": _html(self.to_dict()), "text/plain": f"{type(self).__name__}(…)"}


def _html(spec: dict[str, Any]) -> str:
    # Inside a script, text that looks like the end of one would be taken for it.
    text = json.dumps(spec).replace("<", "\\u003c")
    return _HTML.format(id=f"shadower-{uuid4().hex}", bundle=_bundle(), spec=text)


@cache
def _bundle() -> str:
    """Return the pages' module as a script that says what it exports in `shadowerCharts`, packed."""
    module = files("shadower.entrypoints.http").joinpath("static", "vendor", "vega.js").read_text("utf-8")
    script = _EXPORT.sub(r"globalThis.shadowerCharts.embed = \1;", module)
    return b64encode(gzip.compress(f"(() => {{\n{script}\n}})();".encode(), mtime=0)).decode()
