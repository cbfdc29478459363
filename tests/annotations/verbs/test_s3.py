"""Published versions in an S3-compatible store: moto's server, which speaks the protocol over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer

from annotations.verbs import tokens
from tests.annotations.verbs.published import a_snapshot, content
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.usefixtures("committed_db")

BUCKET = "second-look"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(store: str, settings: Any) -> Any:
    """The default storage as `S3_BUCKET` and its fellows set it, empty."""
    keys = {"access_key": "key", "secret_key": "secret", "region_name": "eu-central-1"}
    options = {"bucket_name": BUCKET, "endpoint_url": store, "default_acl": "private", "file_overwrite": False, **keys}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    made = boto3.resource(
        "s3", endpoint_url=store, aws_access_key_id="key", aws_secret_access_key="secret", region_name="eu-central-1"
    ).Bucket(BUCKET)
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield made
    made.objects.all().delete()
    made.delete()


def a_full_project() -> Any:
    project = a_project()
    for _ in range(3):
        a_critique(a_response(2, project=project), "incorrect")
    return project


def test_a_version_is_published_into_the_store_and_pulled_in_pieces(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = a_snapshot(a_full_project(), name="set")
    file = snapshot.files.get(name="data.jsonl")
    assert hashlib.sha256(content(snapshot)).hexdigest() == file.sha256
    _, secret = tokens.create_token(a_person(role="trainer", project=snapshot.dataset.project), ["pull"])
    whole = lambda *_: pytest.fail("a range fetched the whole object")  # noqa: E731
    monkeypatch.setattr(type(default_storage._wrapped), "open", whole)

    def pull(start: int, end: int) -> bytes:
        answer = Client().get(
            "/api/v1/datasets/set/versions/1/data.jsonl",
            headers={"Authorization": f"Bearer {secret}", "Range": f"bytes={start}-{end}"},
        )
        assert answer.status_code == 206
        return b"".join(answer.streaming_content)

    step = file.byte_size // 3
    got = b""
    while len(got) < file.byte_size:
        got += pull(len(got), len(got) + step)
    assert hashlib.sha256(got).hexdigest() == file.sha256
