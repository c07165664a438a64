"""Progress of long calls: ``progress=True`` shows a bar of tqdm, a callable receives each update."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Union

__all__ = ["Progress", "ProgressCallback"]

#: Called with stage, finished items, all items (-1: unknown) and a note. What it raises stops the work.
ProgressCallback = Callable[[str, int, int, str], None]

#: What a parameter ``progress`` accepts.
Progress = Union[bool, ProgressCallback, None]


class _Bar:
    """A bar of tqdm for each stage."""

    def __init__(self, tqdm: Callable[..., Any]) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int, note: str) -> None:
        if self._bar is None or stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = self._tqdm(desc=stage, total=total if total >= 0 else None)
        self._bar.n = done
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def receiver(progress: Progress) -> Iterator[ProgressCallback | None]:
    """Yields the callable for the native module. Without tqdm, ``progress=True`` shows nothing."""
    if callable(progress):
        yield progress
        return
    if not progress:
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield None
        return
    bar = _Bar(tqdm)
    try:
        yield bar
    finally:
        bar.close()
