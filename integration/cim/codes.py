"""The error codes of a reply (cim.md A.13), their meaning and the level they have unless said otherwise.

First digit: 0 OK, 1 bad or missing element, 2 parameter invalid, 3 too many values, 4 request aborted, 5 application error,
6 business rule, 7 security. The table is informative in the standard: never branch on a partner's code without its own table.
"""

from __future__ import annotations

from typing import NamedTuple

INFORM, WARNING, FATAL, CATASTROPHIC = "INFORM", "WARNING", "FATAL", "CATASTROPHIC"


class Code(NamedTuple):
    """One code of the table."""

    code: str
    meaning: str
    level: str


_MEANINGS = {
    "0.0": "No errors",
    "0.1": "Partial result, more in separate messages",
    "0.2": "Partial result, no further results",
    "0.3": "Simple acknowledgment",
    "1.5": "Mandatory Header elements missing",
    "1.6": "Mandatory Request elements missing",
    "1.7": "Mandatory Payload elements missing",
    "1.8": "Format of request does not validate against schema",
    "1.9": "Unsupported message revision in Header",
    "2.4": "Invalid Meter(s)",
    "2.5": "Invalid Noun",
    "2.6": "Invalid ReadingType(s)",
    "2.9": "Invalid Verb",
    "2.10": "Unsupported ReadingType(s)",
    "2.12": "Invalid UsagePoint(s)",
    "2.13": "Meter/UsagePoint mismatch",
    "2.14": "Invalid Source",
    "2.15": "Invalid Request ID(s)",
    "2.16": "Invalid ServiceLocation(s)",
    "2.17": "Meter/ServiceLocation mismatch",
    "2.18": "ComModule/Meter mismatch",
    "2.19": "Invalid CustomerAccount(s)",
    "2.20": "Invalid ServiceSupplier(s)",
    "2.21": "CustomerAccount/ServiceSupplier mismatch",
    "2.22": "Invalid Customer(s)",
    "2.23": "Customer/CustomerAccount mismatch",
    "2.24": "Invalid CustomerAgreement(s)",
    "2.25": "CustomerAccount/CustomerAgreement mismatch",
    "2.26": "CustomerAgreement/UsagePoint mismatch",
    "2.27": "CustomerAccount/UsagePoint mismatch",
    "2.28": "ServiceSupplier/UsagePoint mismatch",
    "2.29": "Object relationship mismatch",
    "2.30": "Invalid ComModule(s)",
    "2.31": "Invalid ServiceCategory(ies)",
    "2.32": "Invalid UsagePointLocation(s)",
    "2.33": "Invalid PricingStructure(s)",
    "3.1": "Too many items in request",
    "3.2": "Too many pending requests",
    "4.1": "Request timed out",
    "5.1": "Unable to process, high system activity",
    "5.2": "Unable to process, transaction not attempted",
    "5.3": "Unable to process, attempted and failed",
    "5.4": "Unable to process, multiple error types",
    "5.5": "ReadingTypes unavailable in MDMS",
    "5.6": "ReadingTypes unavailable in AMI",
    "5.7": "Requested data unavailable",
    "5.8": "Mandatory field(s) missing",
    "5.9": "Aborted to keep transactional integrity",
    "6.1": "Canceled per business rule",
    "6.2": "Placed on hold",
    "6.3": "Released from hold",
    "6.4": "Rescheduled",
    "6.5": "Canceled by user",
    "7.1": "Temporary authentication failure",
    "7.2": "Authentication required",
    "7.3": "Authentication mechanism insufficient",
    "7.4": "Authentication failure",
    "7.5": "Action not authorized",
    "7.6": "Encryption required",
    "7.7": "Policy violation",
}

#: Codes that tell something without refusing anything, or that pass by themselves.
_LEVELS = dict.fromkeys(("0.0", "0.1", "0.2", "0.3", "5.1", "6.3", "6.4"), INFORM) | {"6.2": WARNING, "7.1": WARNING}

CODES = {code: Code(code, meaning, _LEVELS.get(code, FATAL)) for code, meaning in _MEANINGS.items()}
