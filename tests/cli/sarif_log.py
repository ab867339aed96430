"""The part of SARIF 2.1.0 that oncue writes, strictly typed: nothing else may stand in a log, nothing may be
missing. Names, requirements and ranges are those of the standard's JSON schema."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Level = Literal["none", "note", "warning", "error"]
FromOne = Annotated[int, Meta(ge=1)]
Said = Annotated[str, Meta(min_length=1)]


class _Strict(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    pass


class Message(_Strict):
    text: Said


class Help(_Strict):
    text: Said
    markdown: Said


class Configuration(_Strict):
    level: Level


class Properties(_Strict):
    tags: list[str]


class Rule(_Strict):
    id: Said
    name: Said
    short_description: Message
    full_description: Message
    help: Help
    default_configuration: Configuration
    properties: Properties


class Driver(_Strict):
    name: Said
    version: Said
    rules: list[Rule]


class Tool(_Strict):
    driver: Driver


class Invocation(_Strict):
    execution_successful: bool


class Artifact(_Strict):
    uri: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~/%-]+$")]
    uri_base_id: str | msgspec.UnsetType = msgspec.UNSET


class Region(_Strict):
    start_line: FromOne
    start_column: FromOne
    end_line: FromOne
    end_column: FromOne
    snippet: Message | msgspec.UnsetType = msgspec.UNSET


class Place(_Strict):
    artifact_location: Artifact
    region: Region


class Location(_Strict):
    physical_location: Place
    id: int | msgspec.UnsetType = msgspec.UNSET
    message: Message | msgspec.UnsetType = msgspec.UNSET


class Replacement(_Strict):
    deleted_region: Region
    inserted_content: Message


class Change(_Strict):
    artifact_location: Artifact
    replacements: Annotated[list[Replacement], Meta(min_length=1)]


class Fix(_Strict):
    description: Message
    artifact_changes: Annotated[list[Change], Meta(min_length=1)]


class Result(_Strict):
    rule_id: Said
    rule_index: Annotated[int, Meta(ge=0)]
    level: Level
    message: Message
    locations: Annotated[list[Location], Meta(min_length=1, max_length=1)]
    partial_fingerprints: dict[str, str]
    related_locations: list[Location] = []
    fixes: list[Fix] = []


class Run(_Strict):
    tool: Tool
    column_kind: Literal["utf16CodeUnits"]
    invocations: list[Invocation]
    results: list[Result]


class Log(_Strict):
    schema: str = msgspec.field(name="$schema")
    version: Literal["2.1.0"]
    runs: Annotated[list[Run], Meta(min_length=1, max_length=1)]


def read(text: str) -> Run:
    """The log's run. What the standard asks beyond types is checked too: rules are distinct, and each result
    belongs to the rule at its index; a region does not end before it starts."""
    run = msgspec.json.decode(text, type=Log).runs[0]
    ids = [rule.id for rule in run.tool.driver.rules]
    assert len(set(ids)) == len(ids)
    for result in run.results:
        assert ids[result.rule_index] == result.rule_id
        for location in (*result.locations, *result.related_locations):
            region = location.physical_location.region
            assert (region.start_line, region.start_column) <= (region.end_line, region.end_column)
    prints = [tuple(result.partial_fingerprints.items()) for result in run.results]
    assert len(set(prints)) == len(prints)
    return run
