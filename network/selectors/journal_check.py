"""Is the journal whole: numbers without gaps, each change beginning where the one before ended, the present its sum?"""

from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing that is wrong: area, number in its journal, and why."""

    area: str
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were read, and the first thing wrong."""

    rows: int
    first_bad: Bad | None


#: Each gives area, number and reason of the first violation, found by the database in one reading of the journal.
_CHECKS = (
    # Gapless per area, from 1, up to the number the area itself has counted to.
    """SELECT a.key, j.expected, 'number ' || j.expected || ' is missing' FROM (
         SELECT area_id, number, row_number() OVER (PARTITION BY area_id ORDER BY number) AS expected FROM network_journalentry
       ) j JOIN core_controlarea a ON a.id = j.area_id WHERE j.number <> j.expected ORDER BY j.expected LIMIT 1""",
    """SELECT a.key, a.journal_number,
         'the area has counted to ' || a.journal_number || ', the journal ends at ' || coalesce(max(j.number), 0)
       FROM core_controlarea a LEFT JOIN network_journalentry j ON j.area_id = a.id
       GROUP BY a.id HAVING coalesce(max(j.number), 0) <> a.journal_number ORDER BY a.key LIMIT 1""",
    # A switch moves from where its entry before left it.
    """SELECT a.key, j.number, j.equipment_mrid || ' stood at ' || j.stood || ', the entry says it stood at ' || j.closed_before FROM (
         SELECT area_id, number, equipment_mrid, closed_before,
           lag(closed_after) OVER (PARTITION BY model_id, equipment_mrid ORDER BY id) AS stood
         FROM network_journalentry WHERE kind = 'position'
       ) j JOIN core_controlarea a ON a.id = j.area_id
       WHERE j.stood IS NOT NULL AND j.closed_before IS NOT NULL AND j.stood <> j.closed_before ORDER BY j.number LIMIT 1""",
    # The present is the sum.
    """SELECT a.key, s.number, s.equipment_mrid || ' is shown at ' || s.closed_phases || ', the journal leaves it at '
           || coalesce(j.closed_after::text, 'nothing')
       FROM network_switchstate s JOIN core_controlarea a ON a.id = s.area_id
       LEFT JOIN LATERAL (SELECT closed_after FROM network_journalentry e WHERE e.model_id = s.model_id
         AND e.equipment_mrid = s.equipment_mrid AND e.kind = 'position' ORDER BY e.number DESC LIMIT 1) j ON true
       WHERE j.closed_after IS DISTINCT FROM s.closed_phases ORDER BY s.number LIMIT 1""",
)


@transaction.atomic
def verify() -> Verdict:
    """Read the whole journal as it stands at one instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM network_journalentry")
        (rows,) = cursor.fetchone()
        for check in _CHECKS:
            cursor.execute(check)
            if row := cursor.fetchone():
                return Verdict(rows, Bad(*row))
    return Verdict(rows, None)
