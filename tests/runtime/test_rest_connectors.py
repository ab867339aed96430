"""Twilio, Facebook and Salesforce, each against a server that speaks its API's shapes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from oncue.runtime.connectors.base import Connector, Delivery
from oncue.runtime.connectors.facebook import VERSION, Facebook
from oncue.runtime.connectors.salesforce import API, Salesforce
from oncue.runtime.connectors.twilio import Twilio
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message
from oncue.schemas.parts import Position
from oncue.schemas.plan import Audience
from tests.runtime import peers
from tests.runtime.peers import Reply, Request

SECRETS = {
    "ACCOUNT": "AC42",
    "TOKEN": "t0ken-value",
    "ID": "cl1ent",
    "SECRET": "s3cret-value",
    "AGAIN": "r3fresh",
}


def message(kind: str, key: str = "k1", **document: Any) -> Message:
    data = json.dumps({"at": "2026-03-01T10:00:00.5Z", **document}).encode()
    return Message(key, f"{key}.json", (), data, kind)


def deliver(make: Callable[[], Connector], *attempts: tuple[Message, int]) -> list[Delivery]:
    async def work() -> list[Delivery]:
        connector = make()
        found = [await connector.deliver(each, attempt) for each, attempt in attempts]
        await connector.close()
        return found

    return asyncio.run(work())


# --- Twilio


def text(url: str, sender: str = "+15550100", **more: str) -> list[Delivery]:
    settings = {"account": "env:ACCOUNT", "token": "env:TOKEN", "from": sender, "url": url}
    sms = message("sms", **{"to": "+15550101", "text": "Hi Zoë", **more})
    return deliver(lambda: Twilio(settings, Environment(SECRETS), 2), (sms, 1))


def test_a_text_message_is_one_post_with_the_accounts_login() -> None:
    with peers.http_server(lambda request: Reply(201, {"sid": "SM1", "status": "queued"})) as server:
        assert text(server.url) == [Delivery()]
        [request] = server.requests
    assert (request.method, request.path) == ("POST", "/2010-04-01/Accounts/AC42/Messages.json")
    assert request.form == {"To": "+15550101", "From": "+15550100", "Body": "Hi Zoë"}
    login = base64.b64decode(request.headers["Authorization"].removeprefix("Basic "))
    assert login == b"AC42:t0ken-value"


def test_a_messaging_service_may_send() -> None:
    with peers.http_server(lambda request: Reply(201, {})) as server:
        text(server.url, "MG" + "0" * 32)
        assert "From" not in server.requests[0].form
        assert server.requests[0].form["MessagingServiceSid"].startswith("MG")


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Reply(400, {"code": 21211, "message": "Invalid 'To' Phone Number"}), "failed"),
        (Reply(401, {"code": 20003, "message": "Authenticate"}), "retry"),
        (Reply(404, ""), "failed"),
        (Reply(429, {"code": 20429, "message": "Too Many Requests"}), "retry"),
        (Reply(500, ""), "unknown"), (Reply(503, ""), "retry"), (Reply(201, "12345678", cut=True), "done"),
    ],
)  # fmt: skip
def test_what_twilio_answers(reply: Reply, result: str) -> None:
    with peers.http_server(lambda request: reply) as server:
        [delivery] = text(server.url)
    assert delivery.result == result
    assert str(reply.body["message"] if isinstance(reply.body, dict) else "") in delivery.why


def test_a_text_that_is_too_long_is_not_sent() -> None:
    [delivery] = text("http://localhost:9", text="x" * 1_601)
    assert delivery.result == "failed"


# --- Facebook


class Graph:
    """Audiences by name, and who was put in or taken out."""

    def __init__(self) -> None:
        self.audiences: dict[str, str] = {}
        self.users: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != "Bearer t0ken-value":
            return Reply(400, {"error": {"message": "Invalid OAuth access token.", "code": 190}})
        path = request.path.partition("?")[0].removeprefix(f"/{VERSION}/")
        if path == "act_77/customaudiences":
            return self._audiences(request)
        number, _, _ = path.partition("/")
        self.users.append((request.method, number, json.loads(request.form["payload"])))
        return Reply(200, {"audience_id": number, "num_received": 1, "num_invalid_entries": 0})

    def _audiences(self, request: Request) -> Reply:
        if request.method == "GET":
            return self._page(int(request.query.get("after", 0)))
        self.audiences[str(100 + len(self.audiences))] = request.form["name"]
        assert request.form["subtype"] == "CUSTOM"
        return Reply(200, {"id": str(99 + len(self.audiences))})

    def _page(self, place: int) -> Reply:
        """One audience a page."""
        rows = [{"id": number, "name": name} for number, name in self.audiences.items()]
        more = {"cursors": {"after": str(place + 1)}} | ({"next": "x"} if place + 1 < len(rows) else {})
        return Reply(200, {"data": rows[place : place + 1], "paging": more})


HERE = Position(0, 1, 1)
AUDIENCES = {
    "fans": Audience(HERE, create=True, name="Fans"),
    "buyers": Audience(HERE, id="238"),
}


def audience(url: str, *changes: dict[str, str], **remembered: str) -> list[Delivery]:
    settings = {"token": "env:TOKEN", "ad_account": "act_77", "url": url}
    messages = [message("audience", **{"audience": "buyers", "change": "add", **each}) for each in changes]
    return deliver(
        lambda: Facebook(settings, Environment(SECRETS), 2, AUDIENCES, remembered),
        *((each, 1) for each in messages),
    )


def test_people_travel_as_digests_of_what_was_normalised() -> None:
    with peers.http_server(graph := Graph()) as server:
        ana = {"email": " Ana@X.test ", "phone": "+1 (555) 010-0101"}
        assert audience(server.url, ana, {**ana, "change": "remove", "phone": ""}) == [Delivery()] * 2
        assert all(b"ana" not in request.body.lower() for request in server.requests)
        assert all("t0ken" not in request.path for request in server.requests)
    email, phone = sha256(b"ana@x.test").hexdigest(), sha256(b"15550100101").hexdigest()
    assert graph.users == [
        ("POST", "238", {"schema": ["EMAIL", "PHONE"], "data": [[email, phone]]}),
        ("DELETE", "238", {"schema": ["EMAIL"], "data": [[email]]}),
    ]


def test_an_audience_is_made_once_and_remembered() -> None:
    fan = {"audience": "fans", "email": "a@x.test"}
    with peers.http_server(graph := Graph()) as server:
        first, second = audience(server.url, fan, fan)
        assert graph.audiences == {"100": "Fans"}
        asked = len(server.requests)
        assert audience(server.url, fan, fans="100") == [Delivery(remember={"fans": "100"})]
        assert len(server.requests) == asked + 1, "what is remembered is not looked for"
    assert first.remember == second.remember == {"fans": "100"}


def test_an_audience_that_is_there_already_is_found_by_its_name() -> None:
    graph = Graph()
    graph.audiences = {"100": "Others", "101": "Fans"}
    with peers.http_server(graph) as server:
        [delivery] = audience(server.url, {"audience": "fans", "email": "a@x.test"})
    assert delivery.remember == {"fans": "101"}
    assert len(graph.audiences) == 2


@pytest.mark.parametrize(
    ("status", "error", "result"),
    [
        (400, {"code": 190, "message": "expired"}, "retry"), (400, {"code": 17, "message": "calls"}, "retry"),
        (400, {"code": 100, "message": "bad"}, "failed"), (403, {"code": 200, "message": "rights"}, "failed"),
        (500, {"code": 2, "message": "down"}, "retry"), (500, {"code": 99, "message": "odd"}, "unknown"),
        (400, {"code": 99, "message": "odd", "is_transient": True}, "retry"),
    ],
)  # fmt: skip
def test_what_facebook_answers(status: int, error: dict[str, Any], result: str) -> None:
    with peers.http_server(lambda request: Reply(status, {"error": error})) as server:
        [delivery] = audience(server.url, {"email": "a@x.test"})
    assert delivery.result == result
    assert f"{error['message']} (error {error['code']})" in delivery.why


def test_somebody_without_email_and_phone_is_a_final_no() -> None:
    [delivery] = audience("http://localhost:9", {"email": "", "phone": ""})
    assert delivery.result == "failed"


def test_an_entry_that_facebook_does_not_take_is_a_final_no() -> None:
    with peers.http_server(lambda request: Reply(200, {"num_invalid_entries": 1})) as server:
        [delivery] = audience(server.url, {"email": "a@x.test"})
    assert delivery.result == "failed"


# --- Salesforce


class Org:
    """Hands out sessions that end after some requests, and keeps records."""

    def __init__(self) -> None:
        self.url = ""
        self.sessions = 0
        self.session = "s"  # what its tokens begin with
        self.lives = 100  # requests of a session
        self.logins: list[dict[str, str]] = []
        self.records: list[tuple[str, dict[str, str]]] = []
        self.queries: list[str] = []
        self.refusal: Reply | None = None

    def __call__(self, request: Request) -> Reply:
        path = request.path.partition("?")[0]
        if path == "/services/oauth2/token":
            return self._login(request.form)
        if request.headers["Authorization"] != f"Bearer {self.session}{self.sessions}" or not self.lives:
            return Reply(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
        self.lives -= 1
        if path.endswith("/query"):
            self.queries.append(request.query["q"])
            return Reply(200, {"totalSize": len(self.records), "done": True, "records": []})
        if self.refusal is not None:
            return self.refusal
        self.records.append((f"{request.method} {path.removeprefix(f'/services/data/{API}/')}", request.json))
        return Reply(201, {"id": "003x", "success": True, "errors": []})

    def _login(self, form: dict[str, str]) -> Reply:
        self.logins.append(form)
        if form.get("refresh_token") == "wrong":
            return Reply(400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
        self.sessions, self.lives = self.sessions + 1, 100
        return Reply(200, {"access_token": f"{self.session}{self.sessions}", "instance_url": self.url})


LEAD = {"object": "Lead", "fields": {"LastName": "O'Hara", "Email": "o'hara@x.test", "Company": "Acme"}}
LOGIN = {"client_id": "env:ID", "client_secret": "env:SECRET"}


def create(org: Org, *attempts: int, **settings: str) -> list[Delivery]:
    with peers.http_server(org) as server:
        org.url = server.url
        given = {"url": server.url, **LOGIN, **(settings or {"refresh_token": "env:AGAIN"})}
        return deliver(
            lambda: Salesforce(given, Environment(SECRETS), 2),
            *((message("salesforce", f"k{number}", **LEAD), number) for number in attempts),
        )


def test_a_lead_is_created_with_a_session_that_is_asked_for_once() -> None:
    org = Org()
    assert create(org, 1, 1) == [Delivery()] * 2
    assert org.records == [("POST sobjects/Lead", LEAD["fields"])] * 2
    [login] = org.logins
    assert (login["grant_type"], login["refresh_token"]) == ("refresh_token", "r3fresh")


@pytest.mark.parametrize(
    ("settings", "grant"),
    [({"username": "ana", "password": "env:SECRET"}, "password"), ({"timeout": "1"}, "client_credentials")],
)
def test_other_ways_to_log_in(settings: dict[str, str], grant: str) -> None:
    org = Org()
    assert create(org, 1, **settings) == [Delivery()]
    assert org.logins[0]["grant_type"] == grant


def test_a_session_that_has_ended_is_renewed_once() -> None:
    class Ending(Org):
        def _login(self, form: dict[str, str]) -> Reply:
            reply = super()._login(form)
            self.lives = 1
            return reply

    ending = Ending()
    assert create(ending, 1, 1, 1) == [Delivery()] * 3
    assert len(ending.logins) == 3


def test_a_sessions_token_is_a_secret_too() -> None:
    org, environment = Org(), Environment(SECRETS)
    with peers.http_server(org) as server:
        org.url = server.url
        given = {"url": server.url, **LOGIN}
        org.session = "00Dx0!AQ4AQFr"
        assert deliver(lambda: Salesforce(given, environment, 2), (message("salesforce", **LEAD), 1)) == [
            Delivery()
        ]
    assert environment.scrub("Bearer 00Dx0!AQ4AQFr1 has expired") == "Bearer *** has expired"


def test_a_refused_login_is_tried_again() -> None:
    [delivery] = create(Org(), 1, refresh_token="wrong")
    assert delivery.result == "retry"
    assert "invalid_grant" in delivery.why


@pytest.mark.parametrize(
    ("status", "code", "result", "after"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "retry", 900.0), (400, "DUPLICATES_DETECTED", "failed", None),
        (400, "REQUIRED_FIELD_MISSING", "failed", None), (503, "SERVER_UNAVAILABLE", "retry", 60.0),
        (500, "UNKNOWN_EXCEPTION", "unknown", None), (404, "NOT_FOUND", "failed", None),
    ],
)  # fmt: skip
def test_what_salesforce_answers(status: int, code: str, result: str, after: float | None) -> None:
    org = Org()
    org.refusal = Reply(status, [{"message": "No.", "errorCode": code}])
    [delivery] = create(org, 1)
    assert (delivery.result, delivery.after) == (result, after)
    assert result == "unknown" or f"{code}: No." in delivery.why


def test_an_attempt_after_an_unknown_one_looks_for_the_record_first() -> None:
    org = Org()
    assert create(org, 1, 2) == [Delivery()] * 2
    assert len(org.records) == 1
    [query] = org.queries
    assert query == (
        "SELECT Id FROM Lead WHERE Email = 'o\\'hara@x.test' AND CreatedDate >= 2026-03-01T10:00:00Z LIMIT 1"
    )


def test_an_external_id_makes_repeated_attempts_one_record() -> None:
    org = Org()
    assert create(org, 1, 2, refresh_token="env:AGAIN", external_id="Oncue_Key__c") == [Delivery()] * 2
    assert [path for path, _ in org.records] == [
        "PATCH sobjects/Lead/Oncue_Key__c/k1", "PATCH sobjects/Lead/Oncue_Key__c/k2",
    ]  # fmt: skip
    assert org.queries == []
