"""The problems of the demo, one module for each family of picture, in the order in which a visitor meets them."""

from __future__ import annotations

import random
from collections.abc import Callable

from annotations.demo.chain import DemoProblem
from annotations.demo.problems import charts, clocks, geometry, instruments, networks, reading, scenes

IN_ORDER: tuple[Callable[[random.Random], DemoProblem], ...] = (
    charts.bicycles,
    geometry.altitude,
    clocks.cinema_clock,
    networks.tram_lines,
    scenes.shelf,
    charts.household_energy,
    reading.receipt,
    instruments.apples,
    scenes.balls,
    charts.two_towns,
    clocks.morning_hike,
    networks.town_map,
    instruments.frost,
    geometry.shaded_corners,
    reading.harbour_league,
    reading.lakeside_pool,
    instruments.pencil,
    instruments.balance,
    charts.study_hours,
    scenes.mosaic,
)
