from django.db import migrations
from django.utils import timezone

NAMES = {"ping.prediction_sample": "ask_on_prediction", "ping.restoration_sample": "ask_after_restoration"}
SETS = ("normal", "storm")


def keep_settings(apps, schema_editor):
    """Whom prediction asks was a setting for all areas or one; it becomes a further version of the sets that were in force there."""
    Setting = apps.get_model("core", "Setting")
    found = {}
    for setting in Setting.objects.filter(key__in=NAMES):
        found.setdefault(setting.area_id, {})[NAMES[setting.key]] = str(setting.value)
    general = found.pop(None, {})
    for area_id in (None, *sorted(found)):
        for name in SETS:
            _write(apps.get_model("outages", "RuleSetVersion"), area_id, name, general | found.get(area_id, {}))
    Setting.objects.filter(key__in=NAMES).delete()


def _write(versions, area_id, name, changes):
    """A version more of an area's set, from its own latest one, else from the general one, else from the set as built in."""
    own = versions.objects.filter(area=area_id, name=name).order_by("-version").first()
    base = own or versions.objects.filter(area=None, name=name).order_by("-version").first()
    values = (base.values if base else BUILT_IN[name]) | changes
    if changes and (base is None or values != base.values):
        versions.objects.create(
            area_id=area_id, name=name, version=own.version + 1 if own else 1, values=values, changed_by="upgrade",
            reason="Taken over from the settings ping.prediction_sample and ping.restoration_sample", changed_at=timezone.now(),
        )


BUILT_IN = {
    "normal": {},
    "storm": {"min_fraction": 0.2, "hold_time_calls_s": 300.0, "hold_time_gasps_s": 60.0, "freeze_s": 3600.0},
}


class Migration(migrations.Migration):
    dependencies = [("core", "0004_old_events_may_go"), ("outages", "0010_replays")]

    operations = [migrations.RunPython(keep_settings, migrations.RunPython.noop)]
