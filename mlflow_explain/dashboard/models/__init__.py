"""The model in the page: fitted models as operations, a core and a link, checked before shown."""

from __future__ import annotations
