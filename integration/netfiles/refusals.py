"""The refusal of a network file: what is wrong, and where."""

from adms.core import errors


class NetFileRefused(errors.Invalid):
    """The file is of no known kind, or what it says cannot be a network; the message names the file and the place."""

    code = "net_file_refused"
