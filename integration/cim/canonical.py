"""The canonical form of a part of a message: what two copies of it have in common, however their envelopes were written."""

from __future__ import annotations

from lxml import etree


def canonical(element: etree._Element) -> bytes:
    """Exclusive canonical XML: independent of declaration, attribute order and what the envelope around it declares."""
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def rename(element: etree._Element, namespace: str, spoken: str) -> etree._Element:
    """Move a payload from a variant of its namespace to the one we speak, in place."""
    if namespace != spoken:
        for one in element.iter(f"{{{namespace}}}*"):
            one.tag = f"{{{spoken}}}{etree.QName(one).localname}"
    return element
