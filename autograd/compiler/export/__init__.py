"""Programs that leave: files in other languages that stand alone."""
