"""Outage prediction: a pure function of (device tree, evidence, rules), with its explanation.

It knows devices as indices, reports and facts as arrays. It does not know the network model, meters, incidents or the
clock: those who call it translate.

    tree        the devices that can lose supply for others
    evidence    reports of darkness, facts of being live or open
    rules       the thresholds
    scores      what the reports amount to at every device
    engine      which devices explain them
    likelihood  a second engine: the likeliest explanation instead of thresholds
    sources, ages, layout, weighing    what it believes of its sources, how long reports take, its evidence and its sweeps
    explanation, explaining             why, as data
"""
