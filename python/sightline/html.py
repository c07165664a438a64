"""HTML of results in notebooks: escaped texts, thumbnails as data URLs, no external resources."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

from .errors import Error

if TYPE_CHECKING:
    from .results import Hit, QueryHits

_SIDE = 120  # pixels
_CELL = f"display:inline-block;width:{_SIDE + 10}px;margin:4px;vertical-align:top;font-size:12px;overflow-wrap:anywhere"


def number(value: float | None) -> str:
    """Returns a similarity or metric in four digits; a dash if there is none."""
    return "–" if value is None else f"{value:.4f}"


def _image(thumbnail: bytes, text: str) -> str:
    if not thumbnail:
        return f'<div style="width:{_SIDE}px;height:{_SIDE}px;background:#ddd"></div>'
    data = base64.b64encode(thumbnail).decode()
    return f'<img alt="{escape(text)}" src="data:image/jpeg;base64,{data}" style="max-width:{_SIDE}px">'


def _cell(hit: Hit, thumbnail: bytes) -> str:
    caption = hit.captions[0] if hit.captions else ""
    return (
        f'<div style="{_CELL}">{_image(thumbnail, caption or hit.id)}<br>'
        f"<b>{hit.rank}</b> {number(hit.similarity)}<br>{escape(hit.id)}"
        + (f"<br><i>{escape(caption)}</i>" if caption else "")
        + "</div>"
    )


def query_hits(hits: QueryHits) -> str:
    """Returns the hits of a query as a row of images."""
    try:
        thumbnails = hits.thumbnails(_SIDE)
    except Error:  # vectors of texts, or without ids
        thumbnails = [b""] * len(hits)
    verdict = f" ({escape(hits.verdict)})" if hits.verdict else ""
    cells = "".join(_cell(hit, thumbnail) for hit, thumbnail in zip(hits, thumbnails))
    return f"<div><p><b>{escape(hits.query)}</b>{verdict}</p>{cells}</div>"


def table(header: list[str], rows: list[list[Any]], title: str = "") -> str:
    """Returns a table; floats have four digits."""

    def cells(values: list[Any], tag: str) -> str:
        texts = (number(value) if isinstance(value, float) else str(value) for value in values)
        return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)

    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>"
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (f"<p>{escape(title)}</p>" if title else "") + f"<table>{head}<tbody>{body}</tbody></table>"
