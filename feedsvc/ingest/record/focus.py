"""The part of a picture that has to stay visible where a page shows less of it."""

from feedsvc.ingest.record.parsed import Value

_AXES = ("x", "y")


def point(value: Value) -> tuple[float, float]:
    """Return the shares of a picture's width and height that lie before its focus."""
    try:
        x, y = map(_share, _parts(value))
    except ValueError:
        message = "must be two numbers from 0 to 1, from the left and from the top: [0.5, 0.3]"
        raise ValueError(message) from None
    return x, y


def _parts(value: Value) -> list[str]:
    data = value.data
    if isinstance(data, str):
        return data.split(",")
    if isinstance(data, list):
        return [item.text for item in data]
    return [data[axis].text for axis in _AXES if data.keys() == {*_AXES}]


def _share(typed: str) -> float:
    """Return a number from 0 to 1.

    :raises ValueError: it is none.
    """
    number = round(float(typed), 4)
    if not 0 <= number <= 1:
        raise ValueError(typed)
    return number
