"""`python -m femsot` is the command `femsot`."""

from .cli import main

main()
