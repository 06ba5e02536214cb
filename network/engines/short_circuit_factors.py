"""Voltage and correction factors of IEC 60909-0:2016, for single transformers, as the zero sequence needs them."""

from __future__ import annotations

import math
from typing import Any

_LOW_VOLTAGE_KV = 1.0


def voltage_factor(kv: float, case: str, lv_tol_percent: float = 10.0) -> float:
    """c_max or c_min (table 1)."""
    if case == "min":
        return 0.95 if kv <= _LOW_VOLTAGE_KV and lv_tol_percent == 6.0 else (0.9 if kv <= _LOW_VOLTAGE_KV else 1.0)
    return 1.05 if kv <= _LOW_VOLTAGE_KV and lv_tol_percent == 6.0 else 1.1


def transformer_factor(vk_percent: float, vkr_percent: float, c_max: float) -> float:
    """K_T of a network transformer (6.3.3, equation 12).

    Examples:
        >>> round(transformer_factor(12.0, 0.5, 1.1), 4)
        0.9749
    """
    x_t = math.sqrt(max(vk_percent**2 - vkr_percent**2, 0.0)) / 100.0
    return 0.95 * c_max / (1.0 + 0.6 * x_t)


def unit_factor(trafo: Any, gen: Any, kv_network: float, c_max: float) -> float:
    """K_S or K_SO of a power station unit (6.7.1 and 6.7.2), with and without on-load tap changer."""
    sin_phi = math.sqrt(max(1.0 - float(gen.cos_phi) ** 2, 0.0))
    x_t = math.sqrt(trafo.vk_percent**2 - trafo.vkr_percent**2) / 100.0
    turns = float(trafo.vn_lv_kv / trafo.vn_hv_kv)
    if bool(getattr(trafo, "oltc", False)):
        reactance = 1.0 + abs(gen.xdss_pu - x_t) * sin_phi
        return float((kv_network / gen.vn_kv * turns) ** 2 * c_max / reactance)
    p_g = number(getattr(gen, "pg_percent", 0.0)) / 100.0
    p_t = number(getattr(trafo, "pt_percent", 0.0)) / 100.0
    return float(kv_network / (gen.vn_kv * (1.0 + p_g)) * turns * (1.0 - p_t) * c_max / (1.0 + gen.xdss_pu * sin_phi))


def number(value: Any, otherwise: float = 0.0) -> float:
    """The value as a number; another where it is missing."""
    found = float(value) if value is not None else math.nan
    return found if math.isfinite(found) else otherwise
