"""Another unit of the same kind."""

from annotations.plants.base import PlantKind, swapped

PLANT = PlantKind(
    name="unit",
    title="Unit",
    error_type="reasoning/unit",
    severity="minor",
    explanation="The unit is another one.",
    find=swapped(
        (
            ("cm", "mm"), ("m", "km"), ("kg", "g"), ("ml", "l"), ("hours", "minutes"), ("minute", "second"),
            ("degrees", "radians"), ("euros", "cents"), ("dollars", "cents"), ("thousand", "million"),
        )
    ),
)  # fmt: skip
