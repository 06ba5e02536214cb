"""The contents of a stored version, as the comparison of versions takes them."""

from collections.abc import Mapping

from network.domain import comparison
from network.models import Equipment, ModelVersion
from network.selectors import grids

_COLUMNS = ("mrid", "name", "cim_class", "is_branch", "index", "attributes")


def contents(version: ModelVersion, supplied: Mapping[str, str]) -> comparison.Contents:
    """Its grid and equipment; `supplied` says which equipment supplies each usage point."""
    rows = Equipment.objects.filter(version_id=version.pk).values_list(*_COLUMNS)
    return comparison.contents_of(
        grids.load(version.checksum), (comparison.Row(*row) for row in rows.iterator(chunk_size=10_000)), supplied
    )
