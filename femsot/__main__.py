"""`python -m femsot` is the command `femsot`."""

from femsot.cli import main

main()
