"""Pages of the control room's people: outages, dispatch, calls, reliability."""
