"""What makes power is a few rows among a million, asked for at every trip and for every feeder that is solved."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_refused_and_failed'),
        ('network', '0022_point_rates'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='equipment',
            index=models.Index(condition=models.Q(('cim_class__in', ('SynchronousMachine', 'AsynchronousMachine', 'PowerElectronicsConnection')), ('is_branch', False)), fields=['version', 'index'], name='equipment_machines'),
        ),
    ]
