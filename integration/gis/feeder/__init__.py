"""Tables of an unbalanced feeder as CIMHub and OpenDSS write them (NAME_Source.csv, NAME_XfmrTanks.csv ...), as CIM.

    NAME_*.csv --> rows --> CIM100 RDF/XML --> the same reader as for any other CIM

So a feeder in tables has whatever a feeder in CIM has: wires and spacings, tanks of split-phase transformers, regulators with their
controls, capacitors, loads, inverters, places. Identifiers derive from the feeder's name and the row's: the same row is the same object
in every version.
"""

from integration.gis.feeder.tables import is_feeder
from integration.gis.feeder.writing import as_cim

__all__ = ["as_cim", "is_feeder"]
