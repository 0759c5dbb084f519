"""What a page holds, made from an explanation: the writer of `dashboard/src/payload/types.ts`."""

from __future__ import annotations
