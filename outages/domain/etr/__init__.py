"""When supply will be back: learned from what earlier work took, carried through the queue of the crews, scored afterwards.

    history    how long the legs of work take, by area, cause, storm and hour, with groups too small leaning on larger ones
    busyness   how much goes on in an area at once, against what is usual there
    queue      the crews at hand work through the outages at hand, many times over with times drawn from the history
    accuracy   estimates given against what happened

It knows neither outages nor crews as rows, nor the clock: arrays in, arrays out. Times are minutes, moments minutes from now.
"""
