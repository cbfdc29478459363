"""Critic jobs, many at a time: claimed rows become coroutines on one engine, and each result is committed with its row.

One thread claims, prepares and commits; the engine's loop (engine_room.py) runs the methods. New jobs are claimed as
old ones end, so that the engine's batches stay full. Each job ends in one transaction that ends its work row and
stores its critique: a lease that was lost in the meantime refuses both.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotations.models import Work
from annotations.verbs import work
from annotations.verbs.lease import Lease
from workers import abilities, admission, endpoints, jobs, queues, readings, steering
from workers.engine_room import EngineKey, EngineRoom
from workers.engines.base import Engine, EngineError, EngineUnavailable
from workers.engines.ocr import OcrLine
from workers.failure import told
from workers.kinds.base import kind_named

logger = logging.getLogger(__name__)

IN_FLIGHT = 32  # jobs of one process at a time
FEWEST_CLAIMED = 8  # jobs are claimed this many at a time, or more
WORLDS_FAULTS = (ConnectionError, TimeoutError, MemoryError, OperationalError, InterfaceError)
LISTEN_SECONDS = 0.2
DATABASE_PATIENCE_SECONDS = 120

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """How rows are claimed: by whom, from which queue, for how long; with `group`, only one run's.

    `critics` stands for every queue of theirs: then `next_queue` says which one is claimed from.
    """

    queue: str
    owner: str
    lease_seconds: float
    group: UUID | None = None

    def next_queue(self, loaded: str) -> str | None:
        """Where to claim: with critics, the most urgent of the queues that hold something, if any."""
        if not self.queue.startswith(queues.CRITICS):
            return self.queue
        return queues.next_queue(self.queue, loaded=loaded, group=self.group)

    def claim(self, limit: int, token: UUID | None = None, *, queue: str = "") -> tuple[list[Work], UUID]:
        return work.claim(
            queue or self.queue,
            owner=self.owner,
            limit=limit,
            lease_seconds=self.lease_seconds,
            token=token,
            group=self.group,
        )


@dataclass(eq=False)
class CriticBatch:
    """Works through claimed jobs and whatever else their queue has, until it is empty, another one is more urgent, or
    `stop` is set."""

    claims: Claims
    claimed_from: str
    token: UUID
    room: EngineRoom
    stop: Event
    waiting: list[jobs.CriticJob] = field(default_factory=list)
    running: dict[UUID, Future[Any]] = field(default_factory=dict)
    _ended: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    _reading: set[UUID] = field(default_factory=set)
    _engines: dict[EngineKey, Engine | Exception] = field(default_factory=dict)
    _engine: EngineKey | None = None
    _loader: jobs.Loader = field(default_factory=jobs.Loader)

    def __post_init__(self) -> None:
        self._loader.notes.ask = lambda keep: self._ended.put(partial(self._patiently, keep))

    def work_through(self, claimed: list[Work]) -> None:
        with Lease(None, self.token, seconds=self.claims.lease_seconds) as lease:
            try:
                self._take_in(claimed)
                while not self.stop.is_set():
                    self._claim_more()
                    self._start_waiting()
                    if not self.waiting and not self.running:
                        return
                    self._listen()
                    if lease.cancelled:
                        self._patiently(self._drop_cancelled)
            finally:
                for future in self.running.values():
                    future.cancel()
                self._loader.notes.close()
                work.give_back(self.token)

    # --- Claiming and starting

    def _claim_more(self) -> None:
        free = IN_FLIGHT - len(self.running)
        if (
            self.waiting
            or (self.running and free < FEWEST_CLAIMED)
            or any(map(self._is_suspect, self._loader.held.values()))
        ):
            return
        if self._patiently(partial(self.claims.next_queue, self.claimed_from)) == self.claimed_from:
            works, _ = self._patiently(partial(self.claims.claim, free, self.token, queue=self.claimed_from))
            self._take_in(works)

    def _take_in(self, works: list[Work]) -> None:
        loaded = self._patiently(partial(self._loader.load, works))
        away = self._patiently(partial(admission.turn_away, loaded, self.token))
        for job in away:
            self._loader.drop(job)
        self.waiting.extend(job for job in loaded if job not in away)

    def _start_waiting(self) -> None:
        """Jobs of the present engine start; another engine waits until all of those have ended, a suspect likewise."""
        suspects = [job for job in self.waiting if self._is_suspect(job)]
        ready = [job for job in self.waiting if not self._is_suspect(job)]
        if suspects and not ready and not self.running:
            self._put_back(suspects[1:])
            ready = suspects[:1]
        for job in ready:
            if self.stop.is_set():
                return
            if job.engine != self._engine and self.running:
                continue
            engine = self._engine_for(job.engine)
            if engine is not None:
                self._start(job, engine)

    def _start(self, job: jobs.CriticJob, engine: Engine | Exception) -> None:
        try:
            if isinstance(engine, Exception):
                raise engine
            kind = kind_named(job.run.kind)
            if why := kind.refusal(job.critic, engine.description):
                raise EngineError(why)
            if not engine.description.sees_images and self._reads_first(job):
                return  # it stays waiting until its images have been read
            doing = kind.begin(job, self._loader, engine)
        except Exception as error:  # noqa: BLE001  whatever it is, it is this job's failure, told with its trace
            self._patiently(partial(self._fail, job, error))
            return
        self.waiting.remove(job)
        job.started_at = timezone.now()
        future = self.room.submit(doing)
        self.running[job.work.pk] = future
        future.add_done_callback(lambda done: self._ended.put(partial(self._end, job, done)))

    def _reads_first(self, job: jobs.CriticJob) -> bool:
        """Whether an image of the job still has to be read; sees to it that it is."""
        unread = [image for image in job.images_read if image.pk not in self._loader.lines]
        for image in unread:
            if image.pk not in self._reading:
                self._reading.add(image.pk)
                future = self.room.submit(self.room.reader.read(readings.content_of(image)))
                future.add_done_callback(partial(self._hear_reading, image.pk))
        return bool(unread)

    def _engine_for(self, key: EngineKey) -> Engine | Exception | None:
        """The engine, or why it cannot be had (asked once a batch); None when told to stop while it loads."""
        if key != self._engine or key not in self._engines:
            self._engine = key
            if not isinstance(self._engines.get(key), Exception):
                loading = self._opening(key)
                while not loading.done():
                    if self.stop.wait(LISTEN_SECONDS):
                        return None
                error = loading.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                self._engines[key] = error or loading.result()
                if error is None:
                    self._patiently(partial(abilities.remember, key, loading.result().description))
        return self._engines[key]

    def _opening(self, key: EngineKey) -> Future[Engine]:
        try:
            options = self._patiently(partial(endpoints.options_of, key.engine, key.model))
        except EngineError as unknown:
            failed: Future[Engine] = Future()
            failed.set_exception(unknown)
            return failed
        return self.room.open(key, options)

    def _is_suspect(self, job: jobs.CriticJob) -> bool:
        """Its worker has stopped more than once: if it is what kills, it runs alone and takes nobody along."""
        return job.work.attempts > work.TRUSTED_ATTEMPTS

    # --- Ending

    def _listen(self) -> None:
        """Waits a moment for something to end, then deals with all that has."""
        try:
            self._ended.get(timeout=LISTEN_SECONDS)()
            while True:
                self._ended.get_nowait()()
        except queue.Empty:
            return

    def _end(self, job: jobs.CriticJob, future: Future[Any]) -> None:
        if self.running.pop(job.work.pk, None) is None or future.cancelled():
            return
        error = future.exception()
        if isinstance(error, Exception):
            self._patiently(partial(self._fail, job, error))
        elif error is not None:
            raise error
        else:
            self._patiently(partial(self._store, job, future.result()))

    def _store(self, job: jobs.CriticJob, made: Any) -> None:
        kind = kind_named(job.run.kind)
        try:
            with transaction.atomic():
                work.finish(job.work, self.token, result=kind.tell(made))
                kind.store(job, self._loader, made)
        except work.LostLease as lost:
            logger.info("%s: its late result was refused", lost)
        except WORLDS_FAULTS:
            raise
        except Exception as error:  # noqa: BLE001  the database or the validator refuses what the method made
            self._fail(job, error)
            return
        self._loader.drop(job)

    def _fail(self, job: jobs.CriticJob, error: Exception) -> None:
        logger.warning("job %s of run %s failed", job.work.pk, job.run.pk, exc_info=error)
        try:
            if isinstance(error, EngineUnavailable):
                self._pause(job, str(error))
            elif isinstance(error, WORLDS_FAULTS):
                work.try_again(job.work, self.token, error=told(error))
            else:
                work.finish(job.work, self.token, state="failed", error=told(error))
        except work.LostLease as lost:
            logger.info("%s: its late failure was dropped", lost)
        self._forget(job)

    def _pause(self, job: jobs.CriticJob, why: str) -> None:
        """The far end is down: the run waits, at no cost to its jobs, until somebody resumes it."""
        work.give_back(self.token, only=[job.work.pk])
        if steering.pause_run(job.run, why=why):
            logger.warning("run %s is paused: %s", job.run.pk, why)

    def _hear_reading(self, image: UUID, future: Future[tuple[OcrLine, ...]]) -> None:
        self._ended.put(partial(self._keep_reading, image, future))

    def _keep_reading(self, image: UUID, future: Future[tuple[OcrLine, ...]]) -> None:
        self._reading.discard(image)
        if future.cancelled():
            return
        error = future.exception()
        if isinstance(error, Exception):
            for job in [job for job in self.waiting if image in {one.pk for one in job.images_read}]:
                self._patiently(partial(self._fail, job, error))
        else:
            self._loader.lines[image] = self._patiently(partial(readings.keep, image, future.result()))

    def _drop_cancelled(self) -> None:
        asked = Work.objects.filter(lease_token=self.token, state="running", cancel_requested=True)
        for key in list(asked.values_list("pk", flat=True)):
            if future := self.running.pop(key, None):
                future.cancel()
            if job := self._loader.held.get(key):
                self._forget(job)
            Work.objects.filter(pk=key, lease_token=self.token, state="running").update(
                state="cancelled", lease_token=None, lease_expires_at=None, finished_at=Now()
            )

    def _put_back(self, put: Iterable[jobs.CriticJob]) -> None:
        put = list(put)
        self._patiently(partial(work.give_back, self.token, only=[job.work.pk for job in put]))
        for job in put:
            self._forget(job)

    def _forget(self, job: jobs.CriticJob) -> None:
        self._loader.drop(job)
        if job in self.waiting:
            self.waiting.remove(job)

    def _patiently(self, act: Callable[[], T]) -> T:
        """Through a restart of the database: what was computed is kept, and offered again."""
        deadline = time.monotonic() + DATABASE_PATIENCE_SECONDS
        while True:
            try:
                return act()
            except (OperationalError, InterfaceError) as error:
                if self.stop.is_set() or time.monotonic() > deadline:
                    raise
                logger.warning("The database did not answer (%s); trying again.", error)
                connection.close()
                time.sleep(LISTEN_SECONDS)
