"""A made-up shop that writes the contract's extracts. Knows neither how they are loaded nor what is expected of them."""

from shop_simulator.simulation import SimulationError, SimulationReport, simulate

__all__ = ["SimulationError", "SimulationReport", "simulate"]
