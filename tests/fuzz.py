"""`make fuzz`: the tests of random graphs and slopes with 20,000 of them each, new ones every time."""

from hypothesis import HealthCheck, settings

# Loaded by pytest as a plugin: -p tests.fuzz --hypothesis-profile=fuzz
settings.register_profile("fuzz", deadline=None, max_examples=20_000, suppress_health_check=[*HealthCheck])
