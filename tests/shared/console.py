"""Tables as the terminal shows them."""

import io

from rich.console import Console


def printed(*tables):
    """Return the text of tables in a terminal of 140 columns."""
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(*tables)
    return console.export_text()
