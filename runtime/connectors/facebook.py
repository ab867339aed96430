"""Facebook custom audiences by the Marketing API.

A person travels as SHA-256 digests only: of the email address, trimmed and in lower case, and of the phone
number's digits with the country code. An audience that the workspace asks to be created is looked for by its
name first; its id is remembered. The access token stands in a header, never in an address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from oncue.runtime.connectors import web
from oncue.runtime.connectors.base import DONE, Delivery, failed, retry, unknown
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message
from oncue.schemas.plan import Audience

API = "https://graph.facebook.com"
VERSION = "v21.0"
TIMEOUT = 30.0
PAGES = 50  # of audiences that are looked through for a name
# Marketing API error codes: a fault of the service for now; too many calls; the token.
_BUSY = frozenset({1, 2, 4, 17, 32, 341, 368, 613, 80003, 80004})
_TOKEN = frozenset({102, 190, 467})
_PAUSE = 300.0  # seconds after too many calls


class RefusedError(Exception):
    """The API said no; carries what that means."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.why)
        self.delivery = delivery


class Facebook:
    """Puts people into audiences and takes them out. `remembered`: audience ids by their names here."""

    def __init__(
        self, settings: Mapping[str, str], environment: Environment, at_once: int,
        audiences: Mapping[str, Audience], remembered: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._base = f"{environment.resolve(settings.get('url', API)).rstrip('/')}/{VERSION}"
        self._account = environment.resolve(settings["ad_account"]).removeprefix("act_")
        self._headers = {"Authorization": f"Bearer {environment.resolve(settings['token'])}"}
        self._audiences = audiences
        self._ids = dict(remembered)
        self._making = asyncio.Lock()
        self._session = web.Session(TIMEOUT, at_once)

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        given = msgspec.json.decode(message.data)
        person = {"EMAIL": _email(given.get("email") or ""), "PHONE": _phone(given.get("phone") or "")}
        known = {name: digest for name, digest in person.items() if digest}
        if not known:
            return failed("neither email nor phone: nothing to know the contact by")
        try:
            number, remember = await self._audience(given["audience"])
            answer = await self._change(number, given["change"], known)
        except RefusedError as error:
            return error.delivery
        except web.NotSentError as error:
            return retry(str(error))
        except web.NoAnswerError as error:
            return unknown(str(error))
        if answer.get("num_invalid_entries"):
            return failed("Facebook takes neither the email nor the phone for one")
        return Delivery(remember=remember) if remember else DONE

    async def _change(self, number: str, change: str, known: Mapping[str, str]) -> dict[str, Any]:
        payload = {"schema": list(known), "data": [list(known.values())]}
        form = {"payload": msgspec.json.encode(payload).decode()}
        return await self._call("DELETE" if change == "remove" else "POST", f"{number}/users", data=form)

    # --- which audience

    async def _audience(self, name: str) -> tuple[str, dict[str, str]]:
        """Its id there, and what to remember about it."""
        spec = self._audiences.get(name)
        if spec is None:
            raise RefusedError(failed(f"the plan has no audience {name} any more"))
        if spec.id:
            return spec.id, {}
        async with self._making:  # two deliveries must not make it twice
            if name not in self._ids:
                self._ids[name] = await self._find(spec.name) or await self._make(spec)
        return self._ids[name], {name: self._ids[name]}

    async def _find(self, title: str) -> str:
        after: dict[str, str] = {}
        for _ in range(PAGES):
            query = {"fields": "id,name", "limit": "200", **after}
            found = await self._call("GET", f"act_{self._account}/customaudiences", params=query)
            for each in found.get("data", ()):
                if each.get("name") == title:
                    return str(each["id"])
            cursor = found.get("paging", {}).get("cursors", {}).get("after")
            if not cursor or "next" not in found.get("paging", {}):
                break
            after = {"after": cursor}
        return ""

    async def _make(self, spec: Audience) -> str:
        form = {
            "name": spec.name, "subtype": "CUSTOM", "description": spec.description,
            "customer_file_source": "USER_PROVIDED_ONLY",
        }  # fmt: skip
        found = await self._call("POST", f"act_{self._account}/customaudiences", data=form)
        if "id" not in found:
            raise RefusedError(unknown("the audience was made, and its id is not in the answer"))
        return str(found["id"])

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        url = f"{self._base}/{path}"
        answer = await self._session.call(method, url, headers=self._headers, **more)
        if 200 <= answer.status < 300 and answer.whole:
            return answer.document()
        raise RefusedError(_judged(answer))

    async def close(self) -> None:
        await self._session.close()


def _judged(answer: web.Answer) -> Delivery:
    """What an error says: its code tells more than the status, which is mostly 400."""
    error = answer.document().get("error")
    if not isinstance(error, dict):
        return web.judged(answer)
    code = error.get("code")
    why = f"answered {answer.status}: {error.get('message', '')} (error {code})"
    if code in _TOKEN:
        return retry(f"Facebook refuses the access token: {why}")
    if code in _BUSY or error.get("is_transient") or answer.status in web.LATER:
        return retry(why, answer.after or (_PAUSE if code not in (1, 2) else None))
    return unknown(why) if answer.status >= 500 else failed(why)


def _email(text: str) -> str:
    text = text.strip().lower()
    return sha256(text.encode()).hexdigest() if text else ""


def _phone(text: str) -> str:
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit()).lstrip("0")
    return sha256(digits.encode()).hexdigest() if digits else ""
