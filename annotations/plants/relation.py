"""The wrong relation: left for right, above for below, more for less."""

from annotations.plants.base import PlantKind, swapped

PLANT = PlantKind(
    name="relation",
    title="Wrong relation",
    error_type="perception/relation",
    severity="decisive",
    explanation="It is the other way round in the picture.",
    find=swapped(
        (
            ("left", "right"), ("above", "below"), ("larger", "smaller"), ("more", "fewer"), ("taller", "shorter"),
            ("highest", "lowest"), ("longest", "shortest"), ("first", "last"), ("before", "after"),
            ("inside", "outside"),
        )
    ),
)  # fmt: skip
