"""How times are told in English: by the day's 24 hours, as everything else here does."""

DATETIME_FORMAT = "j M Y, H:i"
