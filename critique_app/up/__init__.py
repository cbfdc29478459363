"""`make up`: everything on one machine, started in order, watched, and ended in order."""
