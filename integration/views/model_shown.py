"""Versions of models and the jobs about them, as templates show them."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from adms.core.actors import Actor
from integration.models import Job
from integration.services.export_jobs import EXPORT
from integration.services.model_jobs import GO_BACK, IMPORT, PUBLISH
from integration.services.progress import STAGES

if TYPE_CHECKING:
    from network.models import ModelVersion

STAGE_WORDS = {
    "upload": "Upload",
    "parse": "Parse",
    "validate": "Validate",
    "compare": "Compare",
    "build": "Build",
    "ready": "Ready",
    "publish": "Publish",
    "write": "Write",
    "pack": "Pack",
}
JOB_WORDS = {IMPORT: "Import", PUBLISH: "Publish", GO_BACK: "Go back", EXPORT: "Export"}
TONES = {"failed": "p1", "cancelled": "p2", "discarded": "quiet", "retired": "quiet", "published": "solid"}


def version(found: "ModelVersion") -> dict[str, Any]:
    """One version: which, whence, when, how large."""
    summary = found.summary
    return {
        "model": found.model.name,
        "key": found.model.key,
        "number": found.number,
        "state": found.state,
        "state_words": found.get_state_display(),
        "tone": TONES.get(found.state, ""),
        "source": found.source,
        "created_by": found.created_by,
        "created_at": found.created_at,
        "published_by": summary.get("published_by", ""),
        "published_at": found.published_at,
        "accepted": summary.get("accepted"),
        "nodes": summary.get("nodes"),
        "branches": summary.get("branches"),
        "switches": summary.get("switches"),
        "customers": summary.get("customers"),
        "url": reverse("integration:model_version", args=[found.model.key, found.number]),
    }


def job(found: Job, at: dt.datetime) -> dict[str, Any]:
    """One line about a job."""
    return {
        "id": found.pk,
        "kind": JOB_WORDS.get(found.kind, found.kind),
        "about": _about(found),
        "asked_by": found.asked_by,
        "state": found.state,
        "state_words": found.get_state_display(),
        "tone": TONES.get(found.state, ""),
        "stage": STAGE_WORDS.get(found.stage, found.stage),
        "percent": found.percent,
        "error": found.error,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "lasted": (found.ended_at or at) - (found.started_at or found.created_at),
        "is_waiting": found.state in {Job.State.QUEUED, Job.State.RUNNING},
        "url": reverse("integration:model_job", args=[found.pk]),
    }


def _about(found: Job) -> str:
    """What it works on."""
    asked = found.parameters
    if found.kind == EXPORT:
        return " ".join(filter(None, (asked["model"], asked["area"] or asked["feeder"], asked["form"])))
    return ", ".join(name for name, _ in asked["files"]) if "files" in asked else f"{asked['model']} v{asked['number']}"


def job_page(found: Job, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Everything about a job."""
    told = job(found, at)
    share = found.percent / 100
    objects, seconds = found.counts.get("objects"), max(told["lasted"].total_seconds(), 0.001)
    return {
        "job": told
        | {
            "counts": found.counts,
            "rate": objects / seconds if objects and told["is_waiting"] else None,
            "left": told["lasted"] * (1 / share - 1)
            if told["is_waiting"] and found.started_at and share > 0.1
            else None,
            "log": [
                (dt.datetime.fromisoformat(moment), STAGE_WORDS.get(stage, stage), words)
                for moment, stage, words in found.log
            ],
            "is_cancelling": bool(found.cancelled_by) and told["is_waiting"],
            "may_cancel": actor.may("publish_model"),
            "cancel_url": reverse("integration:model_job_cancel", args=[found.pk]),
            "findings": found.result.get("findings", [])[:100] if found.state == "failed" else [],
        },
        "stages": _stages(found),
        "version_url": _version_url(found),
        "file_url": _file_url(found, actor),
        "is_export": found.kind == EXPORT,
        "result": found.result,
        "now": at,
    }


def _stages(found: Job) -> list[dict[str, Any]]:
    """The stages of this job, and which are done."""
    if found.kind == EXPORT:
        listed = ["write", "pack"]
    elif found.kind != IMPORT:
        listed = ["publish"]
    elif found.parameters.get("is_staged"):
        listed = list(STAGES)
    elif found.parameters["is_check"]:
        listed = ["upload", "parse", "validate"]
    else:
        listed = ["upload", "parse", "validate", "publish"]
    at = listed.index(found.stage) if found.stage in listed else 0
    is_done = found.state == Job.State.DONE
    return [
        {
            "label": STAGE_WORDS[stage],
            "is_done": index < at or (is_done and index <= at),
            "is_current": index == at and not is_done,
        }
        for index, stage in enumerate(listed)
    ]


def _file_url(found: Job, actor: Actor) -> str:
    """Where the file of an export is, for those who may have it."""
    if found.state != Job.State.DONE or found.kind != EXPORT or not actor.may("export_model"):
        return ""
    return reverse("integration:model_job_file", args=[found.pk])


def _version_url(found: Job) -> str:
    result = found.result
    if found.state != Job.State.DONE or not result.get("version"):
        return ""
    return reverse("integration:model_version", args=[result["key"], result["version"]])
