"""One module per noun that comes in: items to calls of metering, outages and network, in the transaction of the message."""
