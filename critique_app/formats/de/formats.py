"""How dates are told in German: short, for they stand in tables."""

DATE_FORMAT = "j. M Y"
DATETIME_FORMAT = "j. M Y, H:i"
