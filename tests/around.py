"""A transaction around many others of a test, to be rolled back: what is done in it counts as transactions of their own."""

from django.db import transaction


def around() -> transaction.Atomic:
    """As Django's own around a test, so that locks of one service are not taken for those of the next (adms.core.lock_order)."""
    block = transaction.atomic()
    block._from_testcase = True
    return block
