import pytest

from app.accounts.permissions import Grade
from app.advocates.models import CLAIMS_AT_MOST, Advocate, AdvocateStatus
from app.foundation.errors import NotAllowed
from app.foundation.lifecycle import IllegalMove
from tests.factories import NOW

S = AdvocateStatus


def advocate(status: AdvocateStatus) -> Advocate:
    return Advocate(user_id=1, status=status, signs_as="Ada", joined_at=NOW)


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("accept", S.APPLIED, S.PROBATION),
        ("decline", S.APPLIED, S.DECLINED),
        ("confirm", S.PROBATION, S.MEMBER),
        ("promote", S.MEMBER, S.TRUSTED),
        ("demote", S.TRUSTED, S.MEMBER),
        ("suspend", S.PROBATION, S.SUSPENDED),
        ("suspend", S.TRUSTED, S.SUSPENDED),
        ("reinstate", S.SUSPENDED, S.PROBATION),
        ("leave", S.MEMBER, S.LEFT),
        ("remove", S.SUSPENDED, S.REMOVED),
    ],
)
def test_each_verb_leads_where_the_table_says(verb: str, before: AdvocateStatus, after: AdvocateStatus) -> None:
    one = advocate(before)
    assert one.can(verb)

    getattr(one, verb)()

    assert one.status is after


@pytest.mark.parametrize(("verb", "before"), [("promote", S.PROBATION), ("reinstate", S.MEMBER), ("accept", S.LEFT)])
def test_a_verb_that_leads_nowhere_changes_nothing(verb: str, before: AdvocateStatus) -> None:
    one = advocate(before)

    with pytest.raises(IllegalMove):
        getattr(one, verb)()

    assert one.status is before


@pytest.mark.parametrize(
    ("status", "grade"),
    [
        (S.APPLIED, Grade.APPLICANT),
        (S.PROBATION, Grade.ADVOCATE),
        (S.MEMBER, Grade.ADVOCATE),
        (S.TRUSTED, Grade.TRUSTED),
        (S.SUSPENDED, None),
        (S.DECLINED, None),
        (S.LEFT, None),
        (S.REMOVED, None),
    ],
)
def test_the_standing_says_which_rights_count(status: AdvocateStatus, grade: Grade | None) -> None:
    assert advocate(status).grade is grade


def test_who_holds_enough_or_is_suspended_claims_no_more() -> None:
    advocate(S.MEMBER).check_may_claim(live_claims=CLAIMS_AT_MOST - 1)

    with pytest.raises(NotAllowed):
        advocate(S.MEMBER).check_may_claim(live_claims=CLAIMS_AT_MOST)
    with pytest.raises(NotAllowed):
        advocate(S.SUSPENDED).check_may_claim(live_claims=0)
