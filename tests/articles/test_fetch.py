from __future__ import annotations

import functools
import gzip
import ipaddress
import socket
import ssl
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from picdesk.articles import read_article
from picdesk.articles.addresses import is_public
from picdesk.articles.fetch import Page, fetch
from picdesk.errors import ArticleError, FetchError
from tests.articles.server import Server, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.articles.server import Answer

PRIVATE = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",  # noqa: S104
    "169.254.169.254",
    "10.0.0.8",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.7.7",
    "224.0.0.1",
    "255.255.255.255",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[::]",
]


def fetcher(server: Server, **more: Any) -> Callable[[str], Page]:
    """``fetch`` as it is, but for the address and the port of the test's own server."""
    return functools.partial(fetch, allowed=lambda _: True, ports=frozenset({server.port}), **more)


def failure(server: Server, path: str, **more: Any) -> str:
    with pytest.raises(ArticleError) as caught:
        fetcher(server, **more)(server.url(path))
    assert caught.value.hint
    assert len(caught.value.message.splitlines()) == 1
    return caught.value.message


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused(host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(ArticleError, match="not on the public internet"):
            fetch(f"{scheme}://{host}/page")


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "data", "javascript", "FILE"])
def test_other_schemes_are_refused(scheme: str) -> None:
    for url in (f"{scheme}:///etc/passwd", f"{scheme}://example.org/"):
        with pytest.raises(ArticleError, match="neither an http nor an https address"):
            fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://:80/",
        "https://[::1",
        "http://x.org:99999/",
        "http://x.org:port/",
        "http://x.org:8080/",
        "x.org",
    ],
)
def test_addresses_that_make_no_sense(url: str) -> None:
    with pytest.raises(ArticleError):
        fetch(url)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ArticleError) as caught:
        fetch("https://user:hunter2@example.org/")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("2002:808:808::1", True),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("2001:db8::1", False),
        ("2606:4700::1111%eth0", False),
        ("2002:a00:1::", False),
        ("::ffff:169.254.169.254", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    for answer in (["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"]):
        with pytest.raises(ArticleError, match="not on the public internet"):
            fetch("http://mixed.example/", resolve=lambda *_, answer=answer: answer)


def test_the_checked_address_is_the_one_connected_to() -> None:
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]  # a second answer would lead elsewhere

    with Server({"/a?b=c%20d": page(b"<p>hi")}) as server:
        got = fetcher(server, resolve=resolve)(server.url("/a?b=c d#top", host="rebind.example"))
    assert got == Page(b"<p>hi", server.url("/a?b=c d", host="rebind.example"), "text/html")
    assert asked == ["rebind.example"]
    assert f"Host: rebind.example:{server.port}\r\n" in server.requests[0]


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Server({"/": page(b"here")}) as server:
        assert fetcher(server)(server.url("/")).data == b"here"


def test_redirects_are_followed_and_each_is_checked() -> None:
    moved = functools.partial(page, b"", status="302 Found")
    with Server({}) as server:
        server.answers = {
            "/one": moved(Location="two"),
            "/two": moved(Location=f"//127.0.0.1:{server.port}/end"),
            "/end": page(b"arrived", Content_Type="Text/HTML; charset=x"),
            "/private": moved(Location="http://169.254.169.254/latest/meta-data"),
            "/file": moved(Location="file:///etc/passwd"),
            "/port": moved(Location="http://127.0.0.1:22/"),
            "/loop": moved(Location="/loop"),
            "/broken": moved(Location="http://[::1"),
            "/nowhere": page(b"", status="302 Found"),
        }
        got = fetcher(server)(server.url("/one"))
        assert got == Page(b"arrived", server.url("/end"), "text/html")
        assert "neither an http" in failure(server, "/file")
        assert "port 22 is not" in failure(server, "/port")
        assert "more than 5 redirects" in failure(server, "/loop")
        assert "cannot be fetched" in failure(server, "/broken")
        assert "302 Found" in failure(server, "/nowhere")
        assert sum("/loop" in request for request in server.requests) == 6
        with pytest.raises(ArticleError, match=r"169\.254\.169\.254 is not on the public internet"):
            fetch(
                server.url("/private"),
                ports=frozenset({server.port, 80}),
                allowed=lambda address: is_public(address) or address.is_loopback,
            )


def drip(head: bytes, every: float = 0.05) -> Callable[[], Iterator[bytes]]:
    def blocks() -> Iterator[bytes]:
        yield head
        for _ in range(round(60 / every)):
            time.sleep(every)
            yield b"x"

    return blocks


def test_time_is_limited_as_a_whole() -> None:
    silence = b""
    answers: dict[str, Answer] = {
        "/body": drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"),
        "/header": drip(b"HTTP/1.1 200 OK\r\nX: "),
        "/status": drip(silence),
        "/chunk": drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n1"),
    }
    for path in answers:
        with Server(answers) as server:
            # What drips goes on for a minute.
            assert "did not answer within 0.4 seconds" in failure(server, path, seconds=0.4)


def test_a_slow_name_server_is_part_of_the_time() -> None:
    given_up = threading.Event()
    answered = []

    def resolve(*_: object) -> list[str]:
        answered.append(given_up.wait(60))
        return ["8.8.8.8"]

    with pytest.raises(ArticleError, match="did not answer within"):
        fetch("http://slow.example/", resolve=resolve, seconds=0.2)
    assert answered == []  # the name server still thinks
    given_up.set()


def endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    while True:
        yield b"x" * 65536


def test_size_is_limited_packed_and_unpacked() -> None:
    bomb = gzip.compress(bytes(200 << 20), 1)
    answers: dict[str, Answer] = {
        "/bomb": page(bomb, Content_Encoding="gzip"),
        "/declared": page(b"", Content_Length=str(6 << 20)),
        "/endless": endless,
        "/just": page(b"x" * (5 << 20)),
    }
    with Server(answers) as server:
        for path in ("/bomb", "/declared", "/endless"):
            assert "larger than 5,242,880 bytes" in failure(server, path)
        assert len(fetcher(server)(server.url("/just")).data) == 5 << 20


def test_answers_that_are_no_page() -> None:
    packed = gzip.compress(b"<p>hello")
    answers: dict[str, Answer] = {
        "/image": page(b"\xff\xd8\xff", Content_Type="image/jpeg"),
        "/json": page(b"{}", Content_Type="application/json"),
        "/untyped": page(b"x", Content_Type=""),
        "/error": page(b"<p>sorry", status="503 \x1b[31mEvil"),
        "/odd": page(b"", status="299 Odd"),
        "/empty": b"",
        "/noise": b"\x00\x01\x02\r\n\r\n",
        "/short": page(b"half", Content_Length="100"),
        "/cut": page(packed[:-9], Content_Encoding="gzip"),
        "/notgzip": page(b"plain", Content_Encoding="gzip"),
        "/brotli": page(b"x", Content_Encoding="br"),
        "/chunk": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "/headers": b"HTTP/1.1 200 OK\r\n" + b"".join(b"H%d: x\r\n" % number for number in range(500)) + b"\r\n",
    }
    with Server(answers) as server:
        assert "404 Not Found" in failure(server, "/none")
        assert "503 Service Unavailable" in failure(server, "/error")
        assert "answered 299" in failure(server, "/odd")
        assert "image/jpeg" in failure(server, "/image")
        assert "application/json" in failure(server, "/json")
        assert "no declared type" in failure(server, "/untyped")
        assert "broke off after 4 of 100 bytes" in failure(server, "/short")
        assert "packed as br" in failure(server, "/brotli")
        for path in ("/empty", "/noise", "/cut", "/notgzip", "/chunk", "/headers"):
            assert "cannot be fetched" in failure(server, path)
    assert "cannot be fetched" in failure(server, "/closed")  # nobody listens any more


def test_good_pages_in_every_packing() -> None:
    text = b"<p>" + b"hello " * 10_000
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(text[i : i + 999]), text[i : i + 999]) for i in range(0, len(text), 999))
    answers: dict[str, Answer] = {
        "/gzip": page(gzip.compress(text), Content_Encoding="GZIP", Content_Type="application/xhtml+xml"),
        "/twice": page(gzip.compress(text[:100]) + gzip.compress(text[100:]), Content_Encoding="gzip"),
        "/chunked": page(chunks + b"0\r\n\r\n", Content_Length="", Transfer_Encoding="chunked"),
        "/close": page(text, Content_Length=""),
        "/kept": page(text, Connection="keep-alive"),
    }
    with Server(answers) as server:
        for path in answers:
            assert fetcher(server)(server.url(path)).data == text, path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(path), "-out", f"{path}.crt", "-subj", "/CN=news.example", "-days", "2"]
    command += ["-addext", "subjectAltName=DNS:news.example"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("makes its certificate with openssl, which is not installed")
    path.write_text(path.read_text() + path.with_name("both.pem.crt").read_text())
    return path


def test_tls_is_verified_against_the_name_though_the_address_is_pinned(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with Server({"/": page(b"secret")}, serving) as server:
        get = fetcher(server, resolve=lambda *_: ["127.0.0.1"], context=trusting)
        assert get(server.url("/", host="news.example")).data == b"secret"
        with pytest.raises(ArticleError, match=r"(?i)certificate verify failed"):
            get(server.url("/", host="other.example"))
        with pytest.raises(ArticleError, match=r"(?i)certificate verify failed"):
            fetcher(server, resolve=lambda *_: ["127.0.0.1"])(server.url("/", host="news.example"))


def test_an_article_is_read_from_the_web_whatever_the_label_says() -> None:
    story = (
        "Die Flut in Köln traf am Montag Tausende; die Behörden sprachen von „größter Not“ für alle Bürger der Stadt."
    )
    html = (
        f"<html lang=de><head><title>Flut in Köln</title></head><body><article><p>{story}</p></article></body></html>"
    )
    answers: dict[str, Answer] = {
        "/a": page(html.encode(), Content_Type="text/html; charset=iso-8859-1"),
        "/t": page(f"Flut in Köln\n\n{story}".encode(), Content_Type="text/plain"),
    }
    with Server(answers) as server:
        article = read_article(server.url("/a"), fetch=fetcher(server))
        plain = read_article(f"  {server.url('/t')}\n", fetch=fetcher(server))
    assert (article.headline, article.lead, article.language) == ("Flut in Köln", story, "de")
    assert article.url == server.url("/a")
    assert (plain.headline, plain.lead) == ("Flut in Köln", story)


def test_read_article_guards_by_itself() -> None:
    with Server({"/": page(b"x")}) as server:
        for url in (
            f"http://127.0.0.1:{server.port}/",
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "ftp://x.org/a.html",
        ):
            with pytest.raises(ArticleError):
                read_article(url)
        assert server.requests == []


def test_what_may_pass_is_told_from_what_stays() -> None:
    def unknown(code: int) -> Callable[[str, int], list[str]]:
        def resolve(*_: object) -> list[str]:
            raise socket.gaierror(code, "no")

        return resolve

    with Server({}) as server:
        gone = server.url("/")
    for url, resolve, passing in (
        (gone, lambda *_: ["127.0.0.1"], True),
        ("http://x.example/", unknown(socket.EAI_AGAIN), True),
        ("http://x.example/", unknown(socket.EAI_NONAME), False),
    ):
        with pytest.raises(FetchError, match="cannot be fetched") as caught:
            fetch(url, allowed=lambda _: True, resolve=resolve, ports=frozenset({80, server.port}))
        assert caught.value.transient is passing
