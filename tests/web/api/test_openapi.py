"""The description of the API is true: every route, parameter and type of answer is in it."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from feedsvc.ingest.record.keys import RECORD
from tests.conftest import Newsroom
from tests.web.api.conftest import STORY, Api
from tests.web.api.test_articles import FLOOD


@pytest.fixture
def description(newsroom: Newsroom) -> dict[str, Any]:
    answer = newsroom.client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def test_every_route_is_described_and_no_other(
    newsroom: Newsroom, description: dict[str, Any]
) -> None:
    routes = {
        (re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")), method.lower())
        for rule in newsroom.client().application.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, it) for path, methods in description["paths"].items() for it in methods}
    assert described == routes


def test_every_operation_has_a_name_of_its_own_and_all_parameters_of_its_path(
    description: dict[str, Any],
) -> None:
    operations = [
        (path, it) for path, methods in description["paths"].items() for it in methods.values()
    ]
    names = [it["operationId"] for _, it in operations]
    assert len({*names}) == len(names)
    for path, operation in operations:
        in_path = [it["name"] for it in operation["parameters"] if it["in"] == "path"]
        assert re.findall(r"{(\w+)}", path) == in_path
        assert path.count("{") == len(in_path)
    public = [name for name, (_, it) in zip(names, operations, strict=True) if "security" in it]
    assert sorted(it.removesuffix("_with_secret") for it in public) == [
        *["get_asset"] * 2,
        "get_openapi",
        *["post_asset"] * 2,
        *["post_push"] * 2,
    ]


def test_every_key_of_a_record_is_described(description: dict[str, Any]) -> None:
    assert description["components"]["schemas"]["Record"]["properties"].keys() == RECORD.keys()


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    references = re.findall(
        r'"#/components/schemas/(\w+)"', msgspec.json.encode(description).decode()
    )
    assert set(references) == description["components"]["schemas"].keys()


def test_the_answers_have_the_fields_that_are_described(
    api: Api, description: dict[str, Any]
) -> None:
    schemas = description["components"]["schemas"]
    for path, name in (("/me", "Me"), ("/log", "Log"), ("/articles", "ArticlePart")):
        assert api.get(path).json.keys() == schemas[name]["properties"].keys()
    trial = api.put(FLOOD, STORY, "?dry_run=true").json
    assert trial.keys() == schemas["WriteResult"]["properties"].keys()
    versions = api.get(f"/articles/{FLOOD}/versions").json["items"]
    assert versions[0].keys() == schemas["ListedVersion"]["properties"].keys()
