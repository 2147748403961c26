"""A bar chart as SVG, the same for the same figures."""

from collections.abc import Mapping
from html import escape

_WIDTH, _BAR, _GAP, _LABELS, _TOP = 720, 26, 12, 220, 44


def bars(title: str, values: Mapping[str, float]) -> str:
    """One bar for each name, the longest as wide as there is room."""
    longest = max(values.values())
    height = _TOP + len(values) * (_BAR + _GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif"'
        ' font-size="14">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="26" font-weight="600" fill="#1c1c28">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(values.items()):
        top = _TOP + number * (_BAR + _GAP)
        width = round(value / longest * (_WIDTH - _LABELS - 90))
        lines += [
            f'<text x="{_LABELS - 10}" y="{top + 18}" text-anchor="end" fill="#1c1c28">{escape(name)}</text>',
            f'<rect x="{_LABELS}" y="{top}" width="{width}" height="{_BAR}" fill="#3b5bdb"/>',
            f'<text x="{_LABELS + width + 8}" y="{top + 18}" fill="#1c1c28">{value:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
