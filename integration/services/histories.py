"""History of the door that may go. Key, answer and effect of a message stay: a repeat after years still does nothing twice."""

from adms.core.retention import Kept, declare

declare(
    Kept(
        name="inbox",
        table="integration_inboxmessage",
        what="The bytes and words of messages received; key, answer and effect stay.",
        days=400,
        least_days=30,
        condition="one.received_at < %(cutoff)s AND one.body <> ''::bytea",
        emptied="body",
        first="UPDATE integration_inboxmessage SET words = '' WHERE id = ANY(%(ids)s)",
    )
)
declare(
    Kept(
        name="outbox",
        table="integration_outboxmessage",
        what="The bytes and words of messages that were delivered; key and fate stay.",
        days=400,
        least_days=30,
        condition="one.sent_at < %(cutoff)s AND one.state = 'sent' AND one.body <> ''::bytea",
        emptied="body",
        first="UPDATE integration_outboxmessage SET words = '' WHERE id = ANY(%(ids)s)",
    )
)
declare(
    Kept(
        name="quarantine",
        table="integration_quarantine",
        what="Messages that were refused.",
        days=400,
        least_days=30,
        condition="one.latest_seen_at < %(cutoff)s",
    )
)
declare(
    Kept(
        name="uploads",
        table="integration_job",
        what="Files uploaded for jobs that have ended; what became of them stays.",
        days=90,
        least_days=7,
        condition="one.ended_at < %(cutoff)s AND one.upload <> ''::bytea",
        emptied="upload",
    )
)
declare(
    Kept(
        name="exports",
        table="integration_jobpart",
        what="Files that were exported; who asked for what stays.",
        days=7,
        least_days=1,
        condition="one.made_at < %(cutoff)s",
    )
)
