"""Whoever should not come in does not, and whatever is sent does no harm."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from picdesk.desk.security.csrf import is_foreign
from picdesk.desk.security.ended import LOOK, Ended
from picdesk.desk.security.hosts import name_of
from picdesk.desk.security.keys import SigningKey, key_beside, key_file, renew_key
from picdesk.desk.security.login import inside
from picdesk.desk.security.rates import Buckets
from picdesk.desk.security.sessions import IDLE, LONGEST, RENEW, SKEW, Sessions
from picdesk.desk.security.users import User, add_user, is_password, read_users, remove_user
from picdesk.desk.settings import DeskSettings, Limits, Rate
from picdesk.errors import InputError, NothingFound
from tests.desk.server import Serving, form_secret, serving

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105
PASSWORD = "correct horse battery"  # noqa: S105


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hashes that take no second each; that the real ones are dear is checked where it matters."""
    from argon2 import PasswordHasher

    from picdesk.desk.security import users

    before = users._hasher
    users._hasher = lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # type: ignore[assignment]
    users._nobody.cache_clear()
    yield
    users._hasher = before
    users._nobody.cache_clear()


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("users") / "users.toml"
    assert add_user(file, "anna", PASSWORD)
    assert add_user(file, "bert", PASSWORD + "!")
    return file


@pytest.fixture(scope="module")
def closed(desk_settings: DeskSettings, users: Path) -> Iterator[Serving]:
    """A desk that asks for users and for a token."""
    limits = Limits(rates=Limits().rates | {"login": Rate(1 / 60, 1000)})
    with serving(replace(desk_settings, users=users, token=TOKEN, limits=limits)) as served:
        yield served


def logged_in(served: Serving, name: str = "anna", password: str = PASSWORD) -> tuple[httpx2.Client, httpx2.Response]:
    client = served.person()
    secret = form_secret(client.get("/login").text)
    return client, client.post("/login", data={"name": name, "password": password, "csrf_token": secret})


class TestWhoComesIn:
    def test_nothing_is_shown_to_nobody(self, closed: Serving) -> None:
        with closed.client() as program, closed.person() as person:
            for path in ("/api/v1/info", "/api/v1/search?text=fire", "/metrics", "/api/v1/openapi.json", "/x"):
                answer = program.get(path)
                assert answer.status_code == 401, path
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.json()["type"] == "/problems/who-are-you"
                assert "set-cookie" not in answer.headers
            asked = person.get("/choices?x=1")
            assert asked.status_code == 303
            assert asked.headers["location"] == "/login?next=%2Fchoices%3Fx%3D1"

    def test_health_is_for_everybody_and_says_nothing(self, closed: Serving) -> None:
        with closed.client() as client:
            answer = client.get("/healthz")
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    def test_a_token_opens(self, closed: Serving) -> None:
        with closed.client() as client:
            assert client.get("/api/v1/info", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
            for wrong in (TOKEN[:-1], TOKEN + "x", "x", TOKEN.upper()):
                answer = client.get("/api/v1/info", headers={"Authorization": f"Bearer {wrong}"})
                assert answer.status_code == 401

    def test_a_password_opens_until_the_logout(self, closed: Serving) -> None:
        client, answer = logged_in(closed)
        with closing(client):
            assert answer.status_code == 303
            cookie = answer.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert client.get("/api/v1/info").status_code == 200
            old = dict(client.cookies)
            page = client.get("/login?next=/api/v1/info")
            assert (page.status_code, page.headers["location"]) == (303, "/api/v1/info")
            secret = form_secret(client.get("/keys").text)
            assert client.post("/logout", data={"csrf_token": secret}).status_code == 303
            client.cookies.update(old)
            assert client.get("/api/v1/info").status_code == 401

    @pytest.mark.parametrize(("name", "password"), [("anna", PASSWORD + "!"), ("nobody", PASSWORD), ("", PASSWORD)])
    def test_others_do_not_come_in(self, closed: Serving, name: str, password: str) -> None:
        client, answer = logged_in(closed, name, password)
        with closing(client):
            assert answer.status_code == 403
            assert "no name and password" in answer.text
            assert client.get("/api/v1/info").status_code == 401

    def test_the_token_can_be_typed(self, closed: Serving) -> None:
        client, answer = logged_in(closed, "", TOKEN)
        with closing(client):
            assert answer.status_code == 303
            assert client.get("/api/v1/info").status_code == 200

    def test_a_session_that_was_planted_is_worth_nothing(self, closed: Serving) -> None:
        with closed.person() as client:
            planted = "A" * 43
            client.cookies.set("picdesk", planted)
            secret = form_secret(client.get("/login").text)
            answer = client.post("/login", data={"name": "anna", "password": PASSWORD, "csrf_token": secret})
            assert answer.status_code == 303
            given = answer.headers["set-cookie"].split("=")[1].split(";")[0]
            assert given != planted
            with closed.client(cookies={"picdesk": planted}) as thief:
                assert thief.get("/api/v1/info").status_code == 401
            with closed.client(cookies={"picdesk": given}) as owner:
                assert owner.get("/api/v1/info").status_code == 200

    def test_who_is_taken_out_or_has_another_password_is_out_at_once(
        self, desk_settings: DeskSettings, tmp_path: Path
    ) -> None:
        file = tmp_path / "users.toml"
        for name in ("anna", "bert"):
            add_user(file, name, PASSWORD)
        with serving(replace(desk_settings, users=file)) as served:
            anna, _ = logged_in(served, "anna")
            bert, _ = logged_in(served, "bert")
            with closing(anna), closing(bert):
                assert anna.get("/api/v1/info").status_code == bert.get("/api/v1/info").status_code == 200
                remove_user(file, "anna")
                assert anna.get("/api/v1/info").status_code == 401
                assert bert.get("/api/v1/info").status_code == 200
                assert not add_user(file, "bert", PASSWORD + " again")
                assert bert.get("/api/v1/info").status_code == 401

    def test_guessing_is_stopped(self, desk_settings: DeskSettings, users: Path) -> None:
        limits = Limits(rates=Limits().rates | {"login": Rate(1 / 60, 5)})
        with serving(replace(desk_settings, users=users, token=TOKEN, limits=limits)) as served:
            for attempt in range(5):
                client, answer = logged_in(served, password=f"guess number {attempt}")
                client.close()
                assert answer.status_code == 403
            client, answer = logged_in(served)  # the right one
            with closing(client):
                assert answer.status_code == 429
                assert int(answer.headers["retry-after"]) > 0
                # The same address guesses at the token next.
                assert client.get("/api/v1/info", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401

    @pytest.mark.parametrize(
        ("address", "safe"),
        [
            ("/rate?x=1", "/rate?x=1"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x=1", "/"),
            ("javascript:alert(1)", "/"),
            ("/\t/evil.example", "/"),
        ],
    )
    def test_after_the_login_nobody_is_led_elsewhere(self, address: str, safe: str) -> None:
        assert inside(address) == safe


class TestDoors:
    def test_other_machines_need_a_secret(self, desk_settings: DeskSettings) -> None:
        everywhere = replace(desk_settings, host="0.0.0.0")  # noqa: S104
        with pytest.raises(InputError, match="nothing would be asked"):
            everywhere.refuse_open_doors()
        with pytest.raises(InputError, match="can be guessed"):
            replace(everywhere, token=TOKEN[:15]).refuse_open_doors()
        replace(everywhere, token=TOKEN).refuse_open_doors()

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "", "x y"])
    def test_other_names_are_refused(self, desk: Serving, host: str) -> None:
        with desk.client() as client:
            answer = client.get("/api/v1/info", headers={"Host": host})
            assert answer.status_code in {400, 421}
            assert "photos" not in answer.text

    @pytest.mark.parametrize("host", ["localhost:8000", "[::1]:8000", "127.0.0.1"])
    def test_own_names_are_not(self, desk: Serving, host: str) -> None:
        with desk.client() as client:
            assert client.get("/api/v1/info", headers={"Host": host}).status_code == 200

    def test_names_of_hosts(self) -> None:
        assert [name_of(host) for host in ("a.b:1", "[::1]", "a@b", "a/b", "[", "a,b")] == ["a.b", "::1", *[""] * 4]


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "cross-site"},
        ],
    )
    def test_their_pages_can_change_nothing(self, desk: Serving, headers: dict[str, str]) -> None:
        with desk.client() as client:
            answer = client.post("/api/v1/search", json={"text": "fire"}, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["type"] == "/problems/another-site"

    def test_forms_need_their_secret(self, closed: Serving) -> None:
        client, _ = logged_in(closed)
        with closing(client):
            for form in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}):
                assert client.post("/logout", data=form).status_code == 403
            assert client.post("/api/v1/search", json={"text": "fire"}).status_code == 403
            secret = form_secret(client.get("/keys").text)
            answer = client.post("/api/v1/search", json={"text": "fire"}, headers={"X-CSRF-Token": secret})
            assert answer.status_code == 200

    def test_a_secret_is_of_one_session_alone(self, closed: Serving) -> None:
        anna, _ = logged_in(closed)
        bert, _ = logged_in(closed, "bert", PASSWORD + "!")
        with closing(anna), closing(bert):
            secret = form_secret(bert.get("/keys").text)
            assert anna.post("/logout", data={"csrf_token": secret}).status_code == 403

    def test_cors_is_closed(self, desk: Serving) -> None:
        with desk.client() as client:
            asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
            for answer in (
                client.options("/api/v1/search", headers=asked),
                client.get("/api/v1/info", headers={"Origin": "http://evil.example"}),
            ):
                assert not [name for name in answer.headers if name.startswith("access-control-")]

    def test_browsers_say_where_from(self) -> None:
        from starlette.datastructures import Headers

        assert not is_foreign(Headers({"host": "a:1", "origin": "http://A:1"}))
        assert not is_foreign(Headers({"host": "a:1"}))
        assert not is_foreign(Headers({"host": "a", "sec-fetch-site": "same-origin"}))


class TestHeaders:
    def test_every_answer_has_them(self, desk: Serving) -> None:
        with desk.person() as client:
            for path in ("/", "/api/v1/info", "/nothing", "/healthz", "/api/v1/photos/x", "/static/nothing.css"):
                headers = client.get(path).headers
                policy = headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "frame-ancestors 'none'" in policy
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["x-frame-options"] == "DENY"
                assert headers["referrer-policy"] == "no-referrer"
                assert headers["x-request-id"]
                assert "server" not in headers

    def test_a_nonce_is_used_once(self, desk: Serving) -> None:
        with desk.client() as client:
            assert len({client.get("/healthz").headers["content-security-policy"] for _ in range(5)}) == 5

    def test_cookies_of_a_desk_behind_https(self, desk_settings: DeskSettings, users: Path) -> None:
        with (
            serving(replace(desk_settings, users=users, secure=True)) as served,
            served.person() as client,
        ):
            answer = client.get("/login")
            assert answer.headers["set-cookie"].startswith("__Host-picdesk=")
            assert "; Secure" in answer.headers["set-cookie"]
            assert "max-age" in answer.headers["strict-transport-security"]


class TestLimits:
    def test_bodies(self, desk: Serving) -> None:
        with desk.client() as client:
            answer = client.post("/api/v1/search", content=b"x" * (1 << 20) + b"y", headers={"Content-Type": "x/y"})
            assert answer.status_code == 413
            assert answer.json()["type"] == "/problems/too-large"

            def drip() -> Iterator[bytes]:
                for _ in range(40):
                    yield b" " * 65536

            answer = client.post("/api/v1/search", content=drip(), headers={"Content-Type": "application/json"})
            assert answer.status_code == 413

    def test_slow_bodies_and_heads(self, desk_settings: DeskSettings) -> None:
        limits = Limits(body_seconds=0.4, head_seconds=0.4)
        with serving(replace(desk_settings, limits=limits)) as served:
            head = b"POST /api/v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            said, seconds = dripped(served.port, head + b"Content-Length: 1000\r\n\r\n", b"{")
            assert b" 408 " in said
            assert seconds < 14, "not the 15 s of a desk that was told nothing"
            said, seconds = dripped(served.port, head, b"X")
            assert said == b""
            assert seconds < 14, "not the 15 s of a desk that was told nothing"
            with served.client() as client:  # and who is quick is served all the while
                assert client.post("/api/v1/search", json={"text": "fire"}).status_code == 200

    def test_rates(self, desk_settings: DeskSettings) -> None:
        limits = Limits(rates=Limits().rates | {"search": Rate(0.01, 3)})
        with serving(replace(desk_settings, limits=limits)) as served, served.client() as client:
            codes = [client.post("/api/v1/search", json={"text": f"fire {n}"}).status_code for n in range(5)]
            assert codes == [200, 200, 200, 429, 429]
            answer = client.get("/api/v1/search", params={"text": "fire"})
            assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
            assert 1 <= int(answer.headers["retry-after"]) <= 100
            assert client.get("/api/v1/info").status_code == 200

    def test_buckets_fill_again(self) -> None:
        now = [0.0]
        buckets = Buckets({"a": Rate(2, 3)}, clock=lambda: now[0])
        assert [buckets.wait("a", "x") for _ in range(4)] == [0, 0, 0, 0.5]
        assert buckets.wait("a", "y") == 0
        now[0] = 0.5
        assert buckets.wait("a", "x") == 0
        now[0] = 1000.0
        assert [buckets.wait("a", "x") > 0 for _ in range(4)] == [False, False, False, True]


class Logins:
    """Sessions whose clock, key and passwords are a test's own."""

    def __init__(self) -> None:
        self.now, self.secret = 1e9, b"k" * 43
        self.proofs = {"anna": "hash"}
        self.sessions = Sessions(lambda: self.secret, lambda name: self.proofs.get(name), clock=lambda: self.now)

    def begin(self) -> str:
        return self.sessions.begin(User("anna", "password"))


class TestSessions:
    def test_they_end(self) -> None:
        logins = Logins()
        cookie = logins.begin()
        logins.now += IDLE
        assert logins.sessions.find(cookie)
        logins.now += 1
        assert logins.sessions.find(cookie) is None
        cookie = logins.begin()
        begun = logins.now
        while logins.now - begun < LONGEST:
            session = logins.sessions.find(cookie)
            assert session
            cookie = logins.sessions.renewed(session) or cookie
            logins.now += IDLE / 2
        logins.now += 1
        assert logins.sessions.find(cookie) is None

    def test_a_cookie_is_written_anew_now_and_then_and_stays_the_same_session(self) -> None:
        logins = Logins()
        session = logins.sessions.find(logins.begin())
        assert session
        assert logins.sessions.renewed(session) is None
        logins.now += RENEW + 1
        again = logins.sessions.find(logins.sessions.renewed(session))
        assert again
        assert (again.id, again.begun, again.used) == (session.id, session.begun, logins.now)
        secrets = {logins.sessions.form_secret(each.id) for each in (session, again)}
        assert len(secrets) == 1, "forms of pages that are open go on"

    def test_another_password_another_key_and_a_clock_that_is_wrong(self) -> None:
        logins = Logins()
        cookie = logins.begin()
        logins.now -= SKEW
        assert logins.sessions.find(cookie), "the clock of another machine is a little behind"
        logins.now -= 1
        assert logins.sessions.find(cookie) is None
        logins.now += SKEW + 1
        for changed in ({"anna": "another hash"}, {}):
            logins.proofs = changed
            assert logins.sessions.find(cookie) is None
        logins.proofs = {"anna": "hash"}
        assert logins.sessions.find(cookie)
        logins.secret = b"l" * 43
        assert logins.sessions.find(cookie) is None

    def test_no_letter_of_a_cookie_can_be_changed(self) -> None:
        logins = Logins()
        cookie = logins.begin()
        for place, letter in enumerate(cookie[:-1]):  # the last one holds bits that say nothing
            other = cookie[:place] + ("A" if letter != "A" else "B") + cookie[place + 1 :]
            assert logins.sessions.find(other) is None, place
        for wrong in ("", ".", cookie.split(".")[0], cookie + "A", "A" * 43, f"{'A' * 900}.{'A' * 43}", "\ud800", "ä"):
            assert logins.sessions.find(wrong) is None
        assert logins.sessions.find(None) is None


class TestEnded:
    def test_every_process_sees_it_within_the_promised_time(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        ticks = [0.0]
        here, there = (Ended(tmp_path / "archive/desk/ended", ticks=lambda: ticks[0]) for _ in range(2))
        there.look()
        here.end("a" * 32, time.time() + 100)
        assert "a" * 32 in here
        assert "a" * 32 not in there
        ticks[0] += LOOK + 0.01
        assert there.is_out_of_date
        there.look()
        assert "a" * 32 in there
        assert not there.is_out_of_date
        shutil.rmtree(tmp_path / "archive")
        ticks[0] += LOOK + 0.01
        there.look()
        assert "a" * 32 in there, "what has ended stays so where the archive is put aside"

    def test_what_would_have_ended_by_itself_is_forgotten(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        now, place = [1e9], tmp_path / "archive/desk/ended"
        ended = Ended(place, clock=lambda: now[0], ticks=lambda: now[0])
        ended.end("a" * 32, now[0] + 10)
        now[0] += 11
        ended.end("b" * 32, now[0] + 10)
        assert [file.name[0] for file in place.iterdir()] == ["b"]
        ended.look()
        assert ("a" * 32 in ended, "b" * 32 in ended) == (False, True)

    def test_a_logout_that_cannot_be_written_down_is_said(self, desk_settings: DeskSettings, users: Path) -> None:
        with serving(replace(desk_settings, users=users)) as served:
            client, _ = logged_in(served)
            with closing(client):
                secret = form_secret(client.get("/keys").text)
                copy = dict(client.cookies)
                served.desk.ended._place = users / "no/folder"
                answer = client.post("/logout", data={"csrf_token": secret})
                assert answer.status_code == 503
                assert "other processes of the desk do not know it" in answer.text
                assert "Max-Age=0" in answer.headers["set-cookie"]
                served.desk.ended._place = None
                client.cookies.update(copy)
                assert client.get("/api/v1/info").status_code == 401


class TestKeys:
    def test_of_many_that_start_at_once_one_makes_it(self, tmp_path: Path) -> None:
        together = threading.Barrier(8)

        def begin(_: int) -> bytes:
            together.wait()
            return key_beside(tmp_path / "users.toml")

        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(begin, range(8)))
        assert len(keys) == 1
        assert [file.name for file in tmp_path.iterdir()] == ["users.toml.key"]
        assert key_file(tmp_path / "users.toml").stat().st_mode & 0o777 == 0o600

    def test_another_one_is_seen_at_once(self, desk_settings: DeskSettings, tmp_path: Path) -> None:
        file = tmp_path / "users.toml"
        add_user(file, "anna", PASSWORD)
        with serving(replace(desk_settings, users=file)) as served:
            client, _ = logged_in(served)
            with closing(client):
                assert client.get("/api/v1/info").status_code == 200
                renew_key(file)
                assert client.get("/api/v1/info").status_code == 401
        key_file(file).write_text("short")
        with pytest.raises(InputError, match="cut short"):
            key_beside(file)

    def test_without_users_it_follows_from_the_token(self, desk_settings: DeskSettings) -> None:
        one, two, other = (SigningKey(replace(desk_settings, token=token)) for token in (TOKEN, TOKEN, TOKEN + "x"))
        assert one() == two()
        assert one() != other()
        assert len(one()) == 32


class TestUsers:
    def test_the_file_is_its_owners_and_holds_no_password(self, users: Path) -> None:
        assert users.stat().st_mode & 0o777 == 0o600
        text = users.read_text(encoding="utf-8")
        assert PASSWORD not in text
        assert text.count("$argon2id$") == 2

    def test_passwords(self, users: Path) -> None:
        known = read_users(users)
        assert is_password(known, "anna", PASSWORD)
        assert not is_password(known, "anna", PASSWORD + "!")
        assert not is_password(known, "nobody", "nobody has this password")
        assert not is_password(known, "anna", "x" * 100_000)

    def test_hashes_are_dear(self) -> None:
        from argon2 import DEFAULT_HASH_LENGTH, DEFAULT_MEMORY_COST, PasswordHasher, Type

        assert PasswordHasher().type is Type.ID
        assert (DEFAULT_HASH_LENGTH, DEFAULT_MEMORY_COST) == (32, 65536)  # KiB, RFC 9106's second choice

    def test_a_name_that_is_unknown_takes_as_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from argon2 import PasswordHasher

        from picdesk.desk.security import users as module

        monkeypatch.setattr(module, "_hasher", lambda: PasswordHasher(time_cost=4, memory_cost=8192, parallelism=1))
        module._nobody.cache_clear()
        add_user(tmp_path / "users.toml", "anna", PASSWORD)
        known = read_users(tmp_path / "users.toml")
        is_password(known, "nobody", "x")

        def seconds(name: str) -> float:
            start = time.process_time()
            is_password(known, name, "wrong password")
            return time.process_time() - start

        ours, others = (min(seconds(name) for _ in range(4)) for name in ("anna", "nobody"))
        assert 0.4 < ours / others < 2.5

    @pytest.mark.parametrize("name", ["", "a b", "../x", "desk", "token", "x" * 65, "<b>"])
    def test_names_that_cannot_be(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match="cannot be a name"):
            add_user(tmp_path / "users.toml", name, PASSWORD)

    def test_what_makes_no_sense(self, tmp_path: Path, users: Path) -> None:
        with pytest.raises(InputError, match="10 to 1,000"):
            add_user(tmp_path / "users.toml", "anna", "short")
        with pytest.raises(InputError, match="no file of users"):
            read_users(tmp_path / "none.toml")
        with pytest.raises(NothingFound, match="nobody is called 'carl'"):
            remove_user(users, "carl")
        (tmp_path / "plain.toml").write_text('[users]\nanna = "secret"\n', encoding="utf-8")
        with pytest.raises(InputError, match="no argon2 hash"):
            read_users(tmp_path / "plain.toml")
        (tmp_path / "broken.toml").write_text("users = 3", encoding="utf-8")
        with pytest.raises(InputError, match="cannot be read"):
            read_users(tmp_path / "broken.toml")


def dripped(port: int, head: bytes, drop: bytes) -> tuple[bytes, float]:
    """Send a request drop by drop; what came back until the other side closed, and after how long."""
    start, said = time.perf_counter(), b""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.settimeout(0.05)
        peer.sendall(head)
        while time.perf_counter() - start < 30:
            try:
                block = peer.recv(4096)
                if not block:
                    break
                said += block
            except TimeoutError:
                try:
                    peer.sendall(drop)
                except OSError:
                    break
            except OSError:
                break
            if b"408" in said:
                break
    return said, time.perf_counter() - start


def test_every_route_has_a_rate_and_checks_its_forms(desk_settings: DeskSettings) -> None:
    """Nobody who adds a room can forget either; what is listed here costs nothing or counts by itself."""
    from fastapi.routing import APIRoute

    from picdesk.desk.registry import routers
    from picdesk.desk.security.rates import limited

    free = {"/healthz", "/metrics", "/login", "/logout", "/keys"}
    named = limited("other").__qualname__
    unlimited = []
    for router in routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            asked = {dependency.call.__qualname__ for dependency in route.dependant.dependencies if dependency.call}
            if named not in asked and route.path not in free and not route.path.startswith("/rate/"):
                unlimited.append(route.path)
    assert not unlimited
    with serving(desk_settings) as served, served.person() as client:
        forms = {route.path for router in routers() for route in router.routes if "POST" in route.methods}  # type: ignore[attr-defined]
        for path in forms:
            numbered = re.sub(r"\{\w+:int\}", "1", path.replace("{photo_id}", "0" * 64))
            address = numbered.replace("{", "").replace("}", "")
            answer = client.post(address, headers={"Origin": "http://evil.example"})
            assert answer.status_code == 403, path
