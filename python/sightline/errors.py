"""Exceptions. All are subclasses of Error; ``code`` is the library's name of the kind of failure.

Each is also the built-in exception that fits, so that ``except FileNotFoundError`` catches NotFoundError.
"""

from __future__ import annotations

__all__ = [
    "CancelledError",
    "DataError",
    "Error",
    "InternalError",
    "InvalidArgumentError",
    "IoError",
    "LimitExceededError",
    "NotFoundError",
    "UnsupportedError",
]


class Error(Exception):
    """A failure. The message says what failed, for which object, what was expected and what was found."""

    code: str = "internal"


class InvalidArgumentError(Error, ValueError):
    """An argument is not valid."""

    code = "invalid_argument"


class NotFoundError(Error, FileNotFoundError):
    """A file, a name or a row does not exist."""

    code = "not_found"


class DataError(Error, ValueError):
    """Data does not conform to its format, such as a broken image."""

    code = "invalid_data"


class UnsupportedError(Error, NotImplementedError):
    """Valid, but not implemented or not part of this build."""

    code = "unsupported"


class LimitExceededError(Error, ValueError):
    """Larger than a limit."""

    code = "limit_exceeded"


class IoError(Error, OSError):
    """A system call failed."""

    code = "io"


class CancelledError(Error):
    """Work was stopped by the caller."""

    code = "cancelled"


class InternalError(Error, RuntimeError):
    """A bug in the library."""

    code = "internal"


_CLASSES: dict[str, type[Error]] = {
    error.code: error
    for error in (
        InvalidArgumentError,
        NotFoundError,
        DataError,
        UnsupportedError,
        LimitExceededError,
        IoError,
        CancelledError,
        InternalError,
    )
}


def make_error(code: str, message: str) -> Error:
    """Returns the exception of a code. Called by the native module."""
    return _CLASSES.get(code, Error)(message)
