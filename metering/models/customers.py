"""Customers, the points where they are supplied, and the meters there."""

from django.db import models


class Customer(models.Model):
    """Who is supplied."""

    account_number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=150)
    phone = models.CharField(max_length=40, blank=True)
    critical = models.CharField(max_length=30, blank=True)  # life_support, hospital, water, ...
    customer_number = models.CharField(
        max_length=40, blank=True, db_default=""
    )  # the person, who may have several accounts

    class Meta:
        # One in a hundred: a storm asks again and again which of the dark ones they are.
        indexes = [models.Index(fields=["id"], condition=models.Q(critical__gt=""), name="critical_customers")]

    def __str__(self) -> str:
        return self.name


class UsagePoint(models.Model):
    """Where one customer is supplied: behind which equipment of which network model, on which phases."""

    mrid = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=80)
    model_key = models.CharField(max_length=60)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    equipment_mrid = models.CharField(max_length=80)  # the service transformer, else the EnergyConsumer
    node = models.IntegerField()  # in the published grid of the model; -1 when it is no longer there
    phases = models.PositiveSmallIntegerField()
    address = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="usage_points")
    is_connected = models.BooleanField(default=True)  # false: disconnected on purpose, its darkness is no evidence
    is_synthetic = models.BooleanField(default=False)
    k_number = models.CharField(
        max_length=40, blank=True, db_default=""
    )  # of the service connection, printed on every bill
    premises = models.CharField(max_length=80, blank=True, db_default="")
    agreement_number = models.CharField(max_length=40, blank=True, db_default="")  # by which its customer is supplied
    # The customer system has said who is here, or that nobody is: it is the master, and files of networks change nothing of that.
    is_customer_told = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["mrid"], condition=models.Q(is_customer_told=True), name="told_usage_points"),
            models.Index(fields=["k_number"], condition=models.Q(k_number__gt=""), name="k_numbers"),
            models.Index(fields=["model_key", "node"]),
            models.Index(fields=["name"]),
            models.Index(fields=["equipment_mrid"]),
        ]

    def __str__(self) -> str:
        return self.name


class Meter(models.Model):
    """The meter at a usage point."""

    mrid = models.CharField(max_length=80, unique=True)
    number = models.CharField(max_length=60, unique=True)
    usage_point = models.ForeignKey(UsagePoint, on_delete=models.CASCADE, related_name="meters")
    has_generation = models.BooleanField(default=False, db_default=False)  # a generator feeds in behind it (DG)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(has_generation=True), name="generation_meters"),
        ]

    def __str__(self) -> str:
        return self.number
