"""Corrected rows know what they replace; daily indices, customers served by day and frozen reports are kept."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_append_only'),
        ('outages', '0004_expectations'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayIndices',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('version', models.PositiveIntegerField()),
                ('figures', models.JSONField()),
                ('border_minutes', models.FloatField()),
                ('computed_at', models.DateTimeField()),
                ('is_latest', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='FrozenReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True)),
                ('begin', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('document', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('made_by', models.CharField(max_length=150)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-made_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ServedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('feeder', models.CharField(blank=True, max_length=120)),
                ('customers', models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='interruption',
            name='cause',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='interruption',
            name='corrected_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='interruption',
            name='corrected_by',
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name='interruption',
            name='device_name',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='interruption',
            name='replaces',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='outages.interruption'),
        ),
        migrations.AddIndex(
            model_name='interruption',
            index=models.Index(condition=models.Q(('corrected_at__isnull', False)), fields=['corrected_at'], name='corrected_rows'),
        ),
        migrations.AddField(
            model_name='dayindices',
            name='area',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.controlarea'),
        ),
        migrations.AddField(
            model_name='frozenreport',
            name='area',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.controlarea'),
        ),
        migrations.AddField(
            model_name='frozenreport',
            name='restates',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restated_by', to='outages.frozenreport'),
        ),
        migrations.AddField(
            model_name='servedday',
            name='area',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.controlarea'),
        ),
        migrations.AddConstraint(
            model_name='dayindices',
            constraint=models.UniqueConstraint(fields=('day', 'area', 'version'), name='day_indices_version', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='dayindices',
            constraint=models.UniqueConstraint(condition=models.Q(('is_latest', True)), fields=('day', 'area'), name='day_indices_latest', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='servedday',
            constraint=models.UniqueConstraint(fields=('day', 'area', 'feeder'), name='served_once_a_day'),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER outages_frozenreport_append_only BEFORE UPDATE OR DELETE ON outages_frozenreport "
            "FOR EACH ROW EXECUTE FUNCTION tieline_append_only();",
            "DROP TRIGGER outages_frozenreport_append_only ON outages_frozenreport",
        ),
    ]
