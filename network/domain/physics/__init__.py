"""Physics on plain values: circuits, power-flow results, state estimation, load allocation, fault currents."""
