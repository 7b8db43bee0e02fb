"""Reasons and shares of a priority, in words."""

from app.foundation.words import _, ngettext
from app.triage.types import Cause, Part, Reason


def N_(text: str) -> str:  # noqa: N802 - the name gettext's extraction looks for
    """Mark ``text`` for translation where it is not said yet."""
    return text


_REASONS = {
    "anger.tone": N_("It sounds angry at the brand."),
    "anger.insult": N_("It insults: \u201c%(cue)s\u201d."),
    "anger.worst": N_("It calls us the worst: \u201c%(cue)s\u201d."),
    "anger.swearing": N_("It swears: \u201c%(cue)s\u201d."),
    "anger.sucks": N_("It swears: \u201c%(cue)s\u201d."),
    "anger.fury": N_("It names its anger: \u201c%(cue)s\u201d."),
    "anger.unacceptable": N_("It says this cannot be accepted: \u201c%(cue)s\u201d."),
    "anger.frustration": N_("It is frustrated: \u201c%(cue)s\u201d."),
    "anger.blame": N_("It blames us: \u201c%(cue)s\u201d."),
    "anger.sarcasm": N_("It sounds sarcastic: \u201c%(cue)s\u201d."),
    "anger.leaving": N_("It threatens to leave: \u201c%(cue)s\u201d."),
    "anger.repeat": N_("It happened before: \u201c%(cue)s\u201d."),
    "anger.wait": N_("It has waited long: \u201c%(cue)s\u201d."),
    "anger.threat": N_("It threatens or demands: \u201c%(cue)s\u201d."),
    "anger.doubt": N_("It doubts us: \u201c%(cue)s\u201d."),
    "anger.face": N_("An angry face: %(cue)s"),
    "abuse.word": N_("It uses words that hurt: \u201c%(cue)s\u201d."),
    "crisis.harm": N_("It speaks of harm to oneself or others: \u201c%(cue)s\u201d."),
    "data.found": N_("It holds personal data."),
    "form.empty": N_("It has no words: someone must look at the picture."),
    "form.loop": N_("We answered twice in this thread today, and it came back at once: a machine may be answering us."),
    "form.long": N_("It is too long to be judged in full."),
    "need.sensitive": N_("Only staff can act on it."),
    "sensitive.account": N_("It is about an account: \u201c%(cue)s\u201d."),
    "sensitive.order": N_("It is about an order, a booking or a delivery: \u201c%(cue)s\u201d."),
    "sensitive.payment": N_("It is about money: \u201c%(cue)s\u201d."),
    "sensitive.identity": N_("It is about a person's details or case: \u201c%(cue)s\u201d."),
    "sensitive.service": N_("It asks for a person of ours: \u201c%(cue)s\u201d."),
    "sensitive.safety": N_("It is about health or safety: \u201c%(cue)s\u201d."),
    "sensitive.legal": N_("It is about the law: \u201c%(cue)s\u201d."),
    "sensitive.press": N_("It is about the press: \u201c%(cue)s\u201d."),
    "need.technical": N_("Engineers or operations must look at it."),
    "technical.outage": N_("It speaks of an outage: \u201c%(cue)s\u201d."),
    "technical.bug": N_("It speaks of a defect: \u201c%(cue)s\u201d."),
    "technical.update": N_("It came with an update: \u201c%(cue)s\u201d."),
    "technical.disruption": N_("It speaks of a disruption: \u201c%(cue)s\u201d."),
    "urgent.safety": N_("It cannot wait: \u201c%(cue)s\u201d."),
    "urgent.stranded": N_("Somebody is stuck: \u201c%(cue)s\u201d."),
    "urgent.outage": N_("It is happening now: \u201c%(cue)s\u201d."),
    "rule.sent": N_("Your rule \u201c%(cue)s\u201d sent it here."),
    "rule.held": N_("Your rule \u201c%(cue)s\u201d holds it: a person decides."),
    "rule.marked": N_("Your rule \u201c%(cue)s\u201d marked it."),
    "rule.refused": N_(
        "Your rule \u201c%(cue)s\u201d would have sent it elsewhere: harm and personal data come first."
    ),
    "search.crowd": N_("A saved search found it; it sends such posts to the crew."),
    "search.hello": N_("A saved search found it; it sends such posts to the crew, to say hello."),
    "search.staff": N_("A saved search found it; it sends such posts to staff."),
    "search.observe": N_("A saved search found it; it only observes."),
    "noise.repost": N_("It only repeats another post."),
    "noise.spam": N_("It looks like an advert or a lure."),
    "noise.fragment": N_("It says nothing to answer."),
    "noise.elsewhere": N_("It does not name us."),
    "noise.closing": N_("It closes the conversation."),
    "noise.thanks": N_("It says thanks: \u201c%(cue)s\u201d."),
    "noise.praise": N_("It praises: \u201c%(cue)s\u201d."),
    "noise.chatter": N_("It chats: \u201c%(cue)s\u201d."),
    "noise.broadcast": N_("It is said to everybody: \u201c%(cue)s\u201d."),
    "noise.agent": N_("It reads like a brand's own answer: \u201c%(cue)s\u201d."),
    "spam.prize": N_("It promises a prize: \u201c%(cue)s\u201d."),
    "spam.call": N_("It lures to call or text: \u201c%(cue)s\u201d."),
    "spam.advert": N_("It advertises: \u201c%(cue)s\u201d."),
    "spam.lure": N_("It lures: \u201c%(cue)s\u201d."),
    "spam.link": N_("It carries a link: \u201c%(cue)s\u201d."),
    "community.answerable": N_("Somebody who knows the product can answer."),
    "community.hello": N_("Somebody named us: say hello."),
    "question.ask": N_("It asks: \u201c%(cue)s\u201d."),
    "buy.words": N_("It wants to buy: \u201c%(cue)s\u201d."),
    "idea.words": N_("It has an idea: \u201c%(cue)s\u201d."),
    "cause.process": N_("Something we do went wrong: \u201c%(cue)s\u201d."),
    "cause.product": N_("A product fails: \u201c%(cue)s\u201d."),
    "praise.words": N_("It praises: \u201c%(cue)s\u201d."),
}

_PARTS = {
    "safety": N_("Safety"),
    "urgency": N_("Urgency"),
    "anger": N_("Anger"),
    "need": N_("What it needs"),
    "thread": N_("Written before"),
    "mood": N_("Mood"),
    "reach": N_("Reach"),
    "on_topic": N_("Wrote on this topic before"),
    "rule": N_("Your rule"),
    "handed_over": N_("Handed over by an advocate"),
    "listened": N_("Sent by a listener"),
    "escalated": N_("Escalated by a moderator"),
    "overdue": N_("Waited too long"),
}


def explain(reason: Reason) -> str:
    """Say a reason in one sentence that quotes its cue; a code nobody knows any more is shown as it is."""
    words = _REASONS.get(reason.code)
    if words is None:
        return f"{reason.code}: {reason.cue}" if reason.cue else reason.code
    return _(words, cue=reason.cue)


def cause_words(cause: Cause) -> str:
    """Say why somebody writes."""
    return {
        Cause.PROCESS: _("Something we do went wrong"),
        Cause.PRODUCT: _("A product fails"),
        Cause.KNOWLEDGE: _("They do not know"),
    }[cause]


def alike_words(count: int) -> str:
    """Say that so many other posts say the same."""
    return ngettext("%(num)s more says the same", "%(num)s more say the same", count)


def name_of(part: Part) -> str:
    """Name a share of a priority."""
    return _(_PARTS.get(part.name, part.name))
