"""`python -m graphrisk` is the command line."""

import sys

from graphrisk.cli import main

sys.exit(main())
