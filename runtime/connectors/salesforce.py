"""Contacts and leads in Salesforce by its REST API.

It logs in with a refresh token, with a user's name and password, or (neither given) with the application's
own credentials; a session that has ended is renewed once. Salesforce knows no idempotency key, so an attempt
after an unknown one first asks whether a record with that email address came into being since the effect was
made; with the setting `external_id` (a field of the object that is an external id) the effect's key is
written there instead, and a repeated attempt finds its own record by that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from oncue.runtime.connectors import web
from oncue.runtime.connectors.base import DONE, Delivery, failed, retry, unknown
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message

API = "v60.0"
TIMEOUT = 30.0
_BUSY = {"REQUEST_LIMIT_EXCEEDED": 900.0, "SERVER_UNAVAILABLE": 60.0, "UNABLE_TO_LOCK_ROW": 5.0}


class RefusedError(Exception):
    """Salesforce said no; carries what that means."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.why)
        self.delivery = delivery


class Salesforce:
    """Creates records."""

    def __init__(self, settings: Mapping[str, str], environment: Environment, at_once: int) -> None:
        given = {name: environment.resolve(text) for name, text in settings.items()}
        self._login = f"{given['url'].rstrip('/')}/services/oauth2/token"
        self._form = _grant(given)
        self._key = given.get("external_id", "")
        self._token = self._instance = ""
        self._hide = environment.hide
        self._renewing = asyncio.Lock()
        self._session = web.Session(TIMEOUT, at_once)

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        given = msgspec.json.decode(message.data)
        try:
            if attempt > 1 and not self._key and await self._is_there(given):
                return DONE
            return await self._create(given["object"], given["fields"], message.key)
        except RefusedError as error:
            return error.delivery
        except web.NotSentError as error:
            return retry(str(error))
        except web.NoAnswerError as error:
            return unknown(str(error))

    async def _create(self, kind: str, fields: Mapping[str, str], key: str) -> Delivery:
        path, method = f"sobjects/{kind}", "POST"
        if self._key:
            path, method = f"{path}/{self._key}/{key}", "PATCH"
        answer = await self._call(method, path, json=fields)
        if answer.status < 300 and answer.whole and answer.document().get("success", True):
            return DONE
        return _judged(answer)

    async def _is_there(self, given: Mapping[str, Any]) -> bool:
        """Whether an earlier attempt has arrived after all."""
        email = given["fields"].get("Email", "")
        if not email:
            return False
        text = email.replace("\\", "\\\\").replace("'", "\\'")
        since = given["at"].partition(".")[0].rstrip("Z")
        where = f"Email = '{text}' AND CreatedDate >= {since}Z"
        query = f"SELECT Id FROM {given['object']} WHERE {where} LIMIT 1"  # noqa: S608 -- SOQL, quoted above
        answer = await self._call("GET", "query", params={"q": query})
        if answer.status >= 300:
            raise RefusedError(_judged(answer))
        return bool(answer.document().get("totalSize"))

    async def _call(self, method: str, path: str, **more: Any) -> web.Answer:  # noqa: ANN401
        """With a session; one that has ended is renewed once."""
        token = self._token or await self._renew("")
        answer = await self._once(method, path, token, **more)
        if answer.status == 401:
            answer = await self._once(method, path, await self._renew(token), **more)
        return answer

    async def _once(self, method: str, path: str, token: str, **more: Any) -> web.Answer:  # noqa: ANN401
        url = f"{self._instance}/services/data/{API}/{path}"
        return await self._session.call(method, url, headers={"Authorization": f"Bearer {token}"}, **more)

    async def _renew(self, ended: str) -> str:
        """A new session, unless another delivery has got one meanwhile."""
        async with self._renewing:
            if self._token and self._token != ended:
                return self._token
            try:
                answer = await self._session.call("POST", self._login, data=self._form)
            except web.NoAnswerError as error:
                raise RefusedError(retry(f"logging in: {error}")) from None
            found = answer.document()
            if answer.status != 200 or "access_token" not in found:
                why = f"{found.get('error', '')} {found.get('error_description', '')}".strip()
                raise RefusedError(retry(f"Salesforce refuses the login: answered {answer.status} {why}"))
            self._token = str(found["access_token"])
            self._hide(self._token)
            self._instance = str(found["instance_url"]).rstrip("/")
            return self._token

    async def close(self) -> None:
        await self._session.close()


def _grant(given: Mapping[str, str]) -> dict[str, str]:
    """The form by which a session is asked for."""
    form = {"client_id": given["client_id"], "client_secret": given["client_secret"]}
    if "refresh_token" in given:
        return {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], **form}
    if "username" in given:
        user = {"username": given["username"], "password": given.get("password", "")}
        return {"grant_type": "password", **user, **form}
    return {"grant_type": "client_credentials", **form}


def _judged(answer: web.Answer) -> Delivery:
    """Errors come as a list of objects with a code."""
    code, why = _error(answer.body)
    said = f"answered {answer.status}: {code}{': ' if why else ''}{why}" if code else ""
    if code in _BUSY:
        return retry(said, answer.after or _BUSY[code])
    if answer.status == 401:
        return retry(f"Salesforce refuses the session: {said or answer.status}")
    if said and answer.status < 500:
        return failed(said)
    return web.judged(answer, why)


def _error(body: bytes) -> tuple[str, str]:
    try:
        found = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return "", ""
    first = found[0] if isinstance(found, list) and found else found
    if isinstance(first, dict) and first.get("errors"):
        first = first["errors"][0]
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("errorCode") or first.get("statusCode") or ""), str(first.get("message", ""))
