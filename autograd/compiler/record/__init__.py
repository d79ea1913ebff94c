"""One run of a function, recorded, and what it read: arguments, surroundings, branches."""
