"""One folder: its configuration, its database, and the verbs wired to both."""

from graphrisk.workspace.config import CONFIG_NAME, Config, read_config
from graphrisk.workspace.session import DATABASE_NAME, Workspace

__all__ = ["CONFIG_NAME", "DATABASE_NAME", "Config", "Workspace", "read_config"]
