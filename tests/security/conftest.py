"""The sandbox, folders of files and `tool` of tests/workflows, for tests here as well."""

from __future__ import annotations

from tests.workflows.conftest import service, source, start, tool

__all__ = ["service", "source", "start", "tool"]
