"""Usage points by the beginning of what names them: each question answered by one index, whatever the number of customers."""

from collections.abc import Iterator

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower

from metering.models import Customer, Meter, UsagePoint

#: So many at most are looked at by each question; a text that more begin with says too little.
_MOST = 200
_DIGITS = 3


def candidates(word: str, most: int = _MOST) -> set[int]:
    """Ids of usage points whose customer's name, family name, account or phone, whose address, street, name or meter fits a word.

    All by their beginning; a phone number by its end, as people say it; mRIDs and K numbers whole.
    One statement asks all of it.
    """
    first, *rest = [asked.order_by().values_list("pk", flat=True)[:most] for asked in _questions(word, most)]
    return set(first.union(*rest, all=True))


def _questions(word: str, most: int) -> Iterator[QuerySet[UsagePoint]]:
    low = word.lower()
    yield UsagePoint.objects.filter(mrid__in=[word, low])
    yield UsagePoint.objects.filter(k_number__in=[word, word.upper()], k_number__gt="")
    yield UsagePoint.objects.filter(pk__in=Meter.objects.filter(mrid__in=[word, low]).order_by().values("usage_point"))
    for expression in (Lower("name"), Lower("address"), Lower(_street())):
        yield UsagePoint.objects.annotate(low=expression).filter(low__startswith=low)
    meters = Meter.objects.annotate(low=Lower("number")).filter(low__startswith=low).order_by()
    yield UsagePoint.objects.filter(pk__in=meters.values("usage_point")[:most])
    for expression in (Lower("name"), Lower(_family()), Lower("account_number")):
        yield _of(Customer.objects.annotate(low=expression).filter(low__startswith=low), most)
    digits = "".join(letter for letter in low if letter.isdecimal())
    if len(digits) >= _DIGITS:
        yield _of(Customer.objects.annotate(end=_phone_end()).filter(end__startswith=digits[::-1]), most)


def _of(customers: QuerySet[Customer], most: int) -> QuerySet[UsagePoint]:
    return UsagePoint.objects.filter(customer_id__in=customers.order_by().values("pk")[:most])


def matches(word: str) -> Q:
    """Whether a word fits a usage point anywhere; for the few that `candidates` has found."""
    return (
        Q(customer__name__icontains=word)
        | Q(customer__account_number__istartswith=word)
        | Q(customer__phone__contains=word)
        | Q(address__icontains=word)
        | Q(name__istartswith=word)
        | Q(Exists(Meter.objects.filter(usage_point=OuterRef("pk"), number__istartswith=word)))
    )


def _family() -> Func:
    return Func(F("name"), template="substring(%(expressions)s from '[^ ]+$')", output_field=CharField())


def _street() -> Func:
    leaving = Value("^[0-9]+[A-Za-z]? "), Value("")
    return Func(F("address"), *leaving, function="regexp_replace", output_field=CharField())


def _phone_end() -> Func:
    digits = Func(
        F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace", output_field=CharField()
    )
    return Func(digits, function="reverse", output_field=CharField())
