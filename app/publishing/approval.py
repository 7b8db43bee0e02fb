"""Is what was approved still what would be said, and may its approver still say so? Asked again right before sending."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.accounts.permissions import TABLE, Permission, grades_of
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus, ThreadPost
from app.publishing.heard import heard_saying
from app.publishing.models import Publication
from app.replies.models import ReplyKind, ReplyStatus, ReplyVersion

_RIGHTS = {
    ReplyKind.COMMUNITY: (Permission.REVIEW, Permission.APPROVE_SECOND),
    ReplyKind.STAFF: (Permission.ANSWER_CASE, Permission.APPROVE_SECOND),
}
_WAITS_FOR_AN_ANSWER = frozenset({MentionStatus.IN_REVIEW, MentionStatus.ESCALATED})


class Objection(StrEnum):
    """Why something approved is not said after all."""

    POST_DELETED = "POST_DELETED"
    POST_SETTLED = "POST_SETTLED"
    ANSWERED_ELSEWHERE = "ANSWERED_ELSEWHERE"
    EDITED = "EDITED"
    MAY_NOT_BE_ANSWERED = "MAY_NOT_BE_ANSWERED"
    OTHER_WORDS = "OTHER_WORDS"
    NO_LONGER_APPROVED = "NO_LONGER_APPROVED"
    APPROVER_MAY_NOT = "APPROVER_MAY_NOT"


def approval_hash(*, version: ReplyVersion, connection_id: int, edition: int, expires_at: datetime) -> str:
    """Return the SHA-256 of all that an approval stands for, in hex: who says what, to which edition of which post, until when."""
    stands_for = [
        version.posted_text,
        version.signature,
        connection_id,
        version.target_external_id,
        edition,
        expires_at.isoformat(),
    ]
    return hashlib.sha256(json.dumps(stands_for).encode()).hexdigest()


def objection_to(publication: Publication) -> Objection | None:
    """Return why this must not be sent, or None; mention, reply, version and approver with roles must be loaded."""
    mention, reply = publication.mention, publication.reply
    if mention.is_erased:
        return Objection.POST_DELETED
    if mention.status not in _WAITS_FOR_AN_ANSWER:
        return Objection.POST_SETTLED
    if reply.status is not ReplyStatus.APPROVED:
        return Objection.NO_LONGER_APPROVED
    if mention.edition != publication.edition:
        return Objection.EDITED
    newest, answered_elsewhere = _what_else_there_is(publication, mention)
    if not _says_what_was_approved(publication, newest):
        return Objection.OTHER_WORDS
    if not _approvers_may(publication):
        return Objection.APPROVER_MAY_NOT
    if answered_elsewhere:
        return Objection.ANSWERED_ELSEWHERE
    return None


def _says_what_was_approved(publication: Publication, newest: int) -> bool:
    version = publication.reply_version
    return (
        version.id == newest
        and version.reply_id == publication.reply_id
        and version.target_external_id == publication.mention.external_id
        and (publication.target_external_id or version.target_external_id) == publication.mention.target_external_id
        and publication.connection_id == publication.mention.connection_id
        and _hash_of(publication) == publication.approval_hash
    )


def _hash_of(publication: Publication) -> str:
    return approval_hash(
        version=publication.reply_version,
        connection_id=publication.connection_id,
        edition=publication.edition,
        expires_at=publication.expires_at,
    )


def _approvers_may(publication: Publication) -> bool:
    if not _may_approve(publication.approved_by, publication):
        return False
    first_id = publication.first_approved_by_id
    if first_id is None:
        return True
    first = session.get_one(User, first_id, options=[selectinload(User.grants)], populate_existing=True)
    return _may_approve(first, publication)


def _may_approve(approver: User, publication: Publication) -> bool:
    own_words = publication.kind is ReplyKind.COMMUNITY and approver.id == publication.reply.writer_id
    if not approver.is_active or own_words:
        return False
    grades = grades_of(approver.id, approver.roles)
    return any(TABLE[right][grade].allowed for right in _RIGHTS[publication.kind] for grade in grades)


def _what_else_there_is(publication: Publication, mention: Mention) -> tuple[int, bool]:
    """Return the newest version of the words, and whether the brand has answered on the network past us.

    An answer counts that was heard after the approval, since nobody who approved can have seen it, or that says these very
    words, whenever it came.
    """
    newest = select(func.max(ReplyVersion.id)).where(ReplyVersion.reply_id == publication.reply_id)
    ours = select(func.max(func.coalesce(ThreadPost.heard_at, ThreadPost.posted_at))).where(
        ThreadPost.connection_id == mention.connection_id,
        ThreadPost.parent_external_id == mention.external_id,
        ThreadPost.ours,
    )
    version_id, answered_at = session.execute(select(newest.scalar_subquery(), ours.scalar_subquery())).one()
    if answered_at is None:
        return version_id, False
    return version_id, answered_at > publication.approved_at or heard_saying(publication) is not None
