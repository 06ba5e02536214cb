"""The only place that parses XML: two profiles, one family of refusals.

- `parse_message(data)`: one message, tight caps, a whole tree (bytes only, never a path).
- `iterate_model(stream)`: a model file of any length, one object element at a time in bounded memory.

Neither follows a DOCTYPE, an entity, a schema location or an include; there is deliberately no function for XInclude or XSLT.
"""

from integration.cim.xml.messages import load_schema, parse_message, parse_outline, validate_element
from integration.cim.xml.models import iterate_model
from integration.cim.xml.refusal import XmlRefused
from integration.cim.xml.streams import Limits, ModelFile, open_model_files

__all__ = [
    "Limits",
    "ModelFile",
    "XmlRefused",
    "iterate_model",
    "load_schema",
    "open_model_files",
    "parse_message",
    "parse_outline",
    "validate_element",
]
