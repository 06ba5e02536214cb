"""Network models in CIM RDF/XML (IEC 61970-552): CIM100 feeders and CGMES node-breaker sets.

`read_model` knows files and CIM; what it gives back, a draft, knows neither.
"""

from integration.cim.models.reader import read_model

__all__ = ["read_model"]
