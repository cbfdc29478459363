from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from annotations.models import Membership, Pull, Snapshot, Token
from annotations.verbs import tokens
from annotations.verbs.erase import erase_project
from annotations.verbs.pulls import note_pull
from tests.builders import a_person, a_project, a_snapshot

BODY = b"".join(b'{"row": %d}\n' % number for number in range(100))
SIZE = len(BODY)

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot() -> Snapshot:
    return a_snapshot(a_project(), name="set", content=BODY)


@pytest.fixture
def trainer(snapshot: Snapshot) -> Any:
    return a_person("trainer", role="trainer", project=snapshot.dataset.project)


FILE = "/api/v1/datasets/set/versions/1/rows.jsonl"


def pull(
    person: Any, url: str = FILE, *, scopes: tuple[str, ...] = ("pull",), method: str = "get", **headers: str
) -> Any:
    _, secret = tokens.create_token(person, scopes)
    return with_token(secret, url, method=method, **headers)


def with_token(secret: str, url: str = FILE, *, method: str = "get", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(Client(), method)(url, headers={"Authorization": f"Bearer {secret}", **named})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


ETAG = f'"{hashlib.sha256(BODY).hexdigest()}"'


def test_a_trainer_pulls_the_whole_file(trainer: Any) -> None:
    response = pull(trainer)
    assert (response.status_code, body(response)) == (200, BODY)
    assert response.headers["Content-Length"] == str(SIZE)
    assert response.headers["Content-Type"] == "application/jsonl"
    assert response.headers["ETag"] == ETAG
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["Content-Disposition"] == 'attachment; filename="rows.jsonl"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in response.headers


def test_it_is_never_compressed_since_a_range_means_bytes_of_the_file(trainer: Any) -> None:
    response = pull(trainer, Accept_Encoding="gzip, br")
    assert "Content-Encoding" not in response.headers
    assert body(response) == BODY


def test_head_tells_the_same_and_sends_nothing(trainer: Any) -> None:
    got, told = pull(trainer), pull(trainer, method="head")
    assert told.status_code == 200
    assert body(told) == b""
    assert {**told.headers, "Content-Length": SIZE} == {**got.headers, "Content-Length": SIZE}


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-10", 10, 11),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        ("bytes=-99999", 0, SIZE),
        (f"bytes=5-{SIZE * 2}", 5, SIZE),
        ("Bytes=0-9", 0, 10),
    ],
)
def test_a_range_gives_just_those_bytes(trainer: Any, asked: str, start: int, end: int) -> None:
    response = pull(trainer, Range=asked)
    assert (response.status_code, body(response)) == (206, BODY[start:end])
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert response.headers["Content-Length"] == str(end - start)
    assert response.headers["ETag"] == ETAG


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=9-5",
        "bytes=-",
        "bytes=a-b",
        "lines=0-9",
        "bytes",
        f"bytes={'9' * 5000}-",
        "bytes=٣-",
    ],
)
def test_what_is_not_one_range_is_answered_with_the_whole(trainer: Any, asked: str) -> None:
    response = pull(trainer, Range=asked)
    assert (response.status_code, body(response)) == (200, BODY)
    assert "Content-Range" not in response.headers


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(trainer: Any, asked: str) -> None:
    response = pull(trainer, Range=asked)
    assert (response.status_code, response.content) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "immutable" not in response.headers.get("Cache-Control", "")


def test_an_empty_file_has_no_range() -> None:
    snapshot = a_snapshot(a_project(), name="set", content=b"")
    person = a_person(role="trainer", project=snapshot.dataset.project)
    assert (pull(person).status_code, body(pull(person))) == (200, b"")
    assert pull(person, Range="bytes=0-").status_code == 416


def test_a_range_holds_only_for_the_file_that_the_puller_has_begun(trainer: Any) -> None:
    same = pull(trainer, Range="bytes=0-9", If_Range=ETAG)
    other = pull(trainer, Range="bytes=0-9", If_Range='"another"')
    dated = pull(trainer, Range="bytes=0-9", If_Range="Wed, 21 Oct 2015 07:28:00 GMT")
    assert (same.status_code, body(same)) == (206, BODY[:10])
    for response in (other, dated):
        assert (response.status_code, body(response)) == (200, BODY)


@pytest.mark.parametrize("known", [ETAG, f"W/{ETAG}", f'"a", {ETAG}', "*"])
def test_a_file_that_the_puller_has_is_not_sent_again(trainer: Any, known: str) -> None:
    response = pull(trainer, If_None_Match=known)
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == ETAG


def test_a_file_that_the_puller_has_not_is_sent(trainer: Any) -> None:
    assert pull(trainer, If_None_Match='"another"').status_code == 200


def test_a_pull_that_was_interrupted_goes_on_where_it_stopped(trainer: Any) -> None:
    blocks = iter(pull(trainer, Range="bytes=0-499").streaming_content)
    got = b"".join(blocks)
    while len(got) < SIZE:
        part = pull(trainer, Range=f"bytes={len(got)}-{len(got) + 299}", If_Range=ETAG)
        assert part.status_code == 206
        got += body(part)
    assert hashlib.sha256(got).hexdigest() == ETAG.strip('"')


def test_the_manifest_names_each_file_with_its_hash_and_where_it_is(trainer: Any) -> None:
    response = pull(trainer, "/api/v1/datasets/set/versions/1/")
    (file,) = response.json()["files"]
    assert (file["sha256"], file["bytes"]) == (ETAG.strip('"'), SIZE)
    assert file["url"] == f"http://testserver{FILE}"
    assert "immutable" in response.headers["Cache-Control"]
    known = pull(trainer, "/api/v1/datasets/set/versions/1/", If_None_Match=response.headers["ETag"])
    assert (known.status_code, known.content) == (304, b"")


def test_the_dataset_lists_its_versions(trainer: Any, snapshot: Snapshot) -> None:
    a_snapshot(snapshot.dataset.project, name="set")
    told = pull(trainer, "/api/v1/datasets/set/").json()
    assert told["latest_version"] == 2
    assert [version["url"] for version in told["versions"]] == [
        f"http://testserver/api/v1/datasets/set/versions/{number}/" for number in (1, 2)
    ]


def test_the_list_holds_what_the_caller_may_pull_and_nothing_else(trainer: Any, snapshot: Snapshot) -> None:
    a_snapshot(a_project(), name="of-strangers")
    here = a_project()
    a_snapshot(here, name="where-an-annotator")
    Membership.objects.create(project=here, user=trainer, role="annotator")
    found = pull(trainer, "/api/v1/datasets/").json()["results"]
    assert [(dataset["name"], dataset["latest_version"]) for dataset in found] == [("set", 1)]


URLS = ("/api/v1/datasets/set/", "/api/v1/datasets/set/versions/1/", FILE)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_to_a_stranger_there_is_no_such_dataset(snapshot: Snapshot, url: str, method: str) -> None:
    assert pull(a_person(), url, method=method).status_code == 404


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_token_of_another_scope_is_refused(trainer: Any, url: str, method: str) -> None:
    assert pull(trainer, url, scopes=("read", "push", "run"), method=method).status_code == 403


@pytest.mark.parametrize("url", URLS)
def test_an_annotator_does_not_pull(snapshot: Snapshot, url: str) -> None:
    annotator = a_person(role="annotator", project=snapshot.dataset.project)
    assert pull(annotator, url).status_code == 403


@pytest.mark.parametrize("url", URLS)
def test_expired_revoked_and_unknown_tokens_are_refused_alike(trainer: Any, url: str) -> None:
    expired, expired_secret = tokens.create_token(trainer, ["pull"])
    Token.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, revoked_secret = tokens.create_token(trainer, ["pull"])
    tokens.revoke_token(revoked, trainer)
    answers = [with_token(secret, url) for secret in (expired_secret, revoked_secret, "sl_never", "")]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({answer.content for answer in answers[:3]}) == 1
    assert Client().get(url).status_code == 401


@pytest.mark.parametrize("url", URLS)
def test_a_token_bound_to_another_project_finds_nothing_here(trainer: Any, url: str, snapshot: Snapshot) -> None:
    other = a_project()
    Membership.objects.create(project=other, user=trainer, role="trainer")
    _, elsewhere = tokens.create_token(trainer, ["pull"], [other])
    _, here = tokens.create_token(trainer, ["pull"], [snapshot.dataset.project])
    assert (with_token(elsewhere, url).status_code, with_token(here, url).status_code) == (404, 200)
    listed = with_token(elsewhere, "/api/v1/datasets/").json()["results"]
    assert listed == []


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/datasets/set/versions/2/",
        "/api/v1/datasets/set/versions/1/other.jsonl",
        "/api/v1/datasets/set/versions/1/../../../secret",
        "/api/v1/datasets/nothing/",
    ],
)
def test_what_is_not_there_is_told_so(trainer: Any, url: str) -> None:
    assert pull(trainer, url).status_code == 404


def test_pulling_one_file_takes_a_fixed_number_of_queries(
    trainer: Any, snapshot: Snapshot, django_assert_num_queries: Any
) -> None:
    _, secret = tokens.create_token(trainer, ["pull"])
    with_token(secret)  # the first use of a token notes when
    with django_assert_num_queries(7):  # token, dataset's project, role, token's projects, version, file, pull
        with_token(secret)


def counted(secret: str) -> int:
    return with_token(secret, "/api/v1/datasets/set/").json()["versions"][0]["pull_count"]


def test_a_pull_counts_once_however_many_requests_it_takes(trainer: Any) -> None:
    _, secret = tokens.create_token(trainer, ["pull"])
    assert counted(secret) == 0
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=10-"}, {}):
        body(with_token(secret, **headers))
    with_token(secret, method="head")
    assert counted(secret) == 1
    _, other = tokens.create_token(trainer, ["pull"])
    body(with_token(other))
    assert counted(secret) == 2


def test_what_brings_no_bytes_is_no_pull(trainer: Any) -> None:
    _, secret = tokens.create_token(trainer, ["pull"])
    with_token(secret, method="head")
    with_token(secret, If_None_Match=ETAG)
    with_token(secret, Range=f"bytes={SIZE}-")
    assert counted(secret) == 0


def test_after_an_hours_pause_another_pull_begins(trainer: Any, snapshot: Snapshot) -> None:
    for minutes, pulls in ((0, 1), (50, 1), (50, 1), (70, 2)):  # after the request before
        Pull.objects.update(last_at=F("last_at") - timedelta(minutes=minutes))
        note_pull(snapshot, trainer, None)
        assert Pull.objects.count() == pulls


def test_a_pull_goes_with_its_project(trainer: Any, snapshot: Snapshot) -> None:
    note_pull(snapshot, trainer, None)
    erase_project(snapshot.dataset.project, by=None, confirm_slug=snapshot.dataset.project.slug)
    assert not Pull.objects.exists()
