"""The console on a stage: every template with invented data and a synthetic network behind the real binary contract.

It needs no database, so that the look, the keys and the map can be worked on and tested by themselves:

    python -m tests.browser.stage --port 8123
"""
