"""Which switches ought to stand open: least loss in normal operation, supply again after a fault.

    case      a balanced network of lines and switches as arrays, its normal positions beside it
    kernels   forest, power flow and neighbours of one set of positions, compiled
    flow      the power flow of one set of positions
    exchange  feeder reconfiguration: the set with the least loss
    plans     restoration: ties to close and sectionalizers to open after a fault

It knows neither files nor pandapower nor the operated network; what it answers about is a `Case`. Nothing here is called restored or
better without a converged AC power flow of the whole case.
"""
