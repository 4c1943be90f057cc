"""The answer where a library lacks a private name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NotAvailable:
    """`reason` names the library, its version and what it lacks."""

    reason: str

    @classmethod
    def because(cls, error: ImportError, library: str, version: str) -> NotAvailable:
        """Of the `error` of importing a private name of `library`; the path in its message is left out."""
        return cls(reason=f"{library} {version}: {str(error).partition(' (')[0]}")
