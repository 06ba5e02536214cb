"""Runs a program that ends when its parent does, however that ends: `python -m adms.leash PARENT_PID PROGRAM ARGUMENTS...`."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for a SIGTERM at the parent's death (Linux only), then become the program."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("the parent has ended already")
    os.execv(command[0], command)  # noqa: S606 - what the supervisor tells us to run


if __name__ == "__main__":
    main()
