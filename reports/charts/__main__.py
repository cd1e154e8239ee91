"""The drawing child: `python -P -m reports.charts`.

Reads `{"requests": [{"id", "format": "svg"|"png", "spec"}]}` on stdin and writes
`{"drawings": {id: text}}` on stdout, PNG as base64. It asks no network: data must stand in the spec.
An error goes to stderr as a traceback and ends the process with 1; the parent reports its last line.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import Any, Final

import vl_convert
from PIL import Image

VEGA_LITE: Final = "6.4"
PNG_SCALE: Final = 2
PNG_COLOURS: Final = 64


def draw(request: dict[str, Any]) -> str:
    """One picture: SVG text, or PNG (twice the size, 64 colours) as base64."""
    if request["format"] == "svg":
        svg: str = vl_convert.vegalite_to_svg(request["spec"], vl_version=VEGA_LITE, allowed_base_urls=[])
        return svg
    png: bytes = vl_convert.vegalite_to_png(
        request["spec"], vl_version=VEGA_LITE, scale=PNG_SCALE, allowed_base_urls=[]
    )
    with Image.open(io.BytesIO(png)) as image:
        reduced = image.convert("RGB").quantize(PNG_COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    reduced.save(out, format="PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


def main() -> None:
    requests = json.load(sys.stdin)["requests"]
    json.dump({"drawings": {request["id"]: draw(request) for request in requests}}, sys.stdout)


if __name__ == "__main__":
    main()
