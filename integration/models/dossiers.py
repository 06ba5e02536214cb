"""What is kept of a version beside its grid: the customers it brought, and how it differs from the one that was published."""

from django.db import models


class Dossier(models.Model):
    """Packed; beside the version, so that nobody who looks up versions drags it along."""

    version = models.OneToOneField("network.ModelVersion", on_delete=models.CASCADE, related_name="+")
    customers = models.BinaryField(default=b"")
    comparison = models.BinaryField(default=b"")
    compared_with = models.PositiveIntegerField(null=True)  # number of the version that was published then

    def __str__(self) -> str:
        return f"dossier of version {self.version_id}"
