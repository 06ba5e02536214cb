"""The network over REST: feeders, devices and their traces, operations, tags, model versions."""
