"""What can go wrong with the embedded servers, in one family."""


class NotAvailable(Exception):
    """An embedded server cannot be had. The message is one line for a person: what, where, and what to do."""
