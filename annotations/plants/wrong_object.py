"""The wrong object: another colour or shape than the picture has there."""

from annotations.plants.base import PlantKind, swapped

PLANT = PlantKind(
    name="wrong_object",
    title="Wrong object",
    error_type="perception/existence",
    severity="decisive",
    explanation="The picture shows another one there.",
    find=swapped(
        (
            ("red", "blue"), ("green", "orange"), ("black", "white"), ("circle", "square"), ("triangle", "rectangle"),
            ("hour", "minute"), ("x", "y"), ("cat", "dog"), ("car", "truck"), ("north", "south"), ("east", "west"),
        )
    ),
)  # fmt: skip
