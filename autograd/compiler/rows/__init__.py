"""The loss of one row as a program over all rows."""
