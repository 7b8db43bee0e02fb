"""One notice on its way: everything it takes to tell it, with no database behind it."""

from dataclasses import dataclass
from datetime import datetime

from app.foundation.egress import Undelivered
from app.foundation.mail import POSTMAN, Letter
from app.notices.models import Notice, NoticeWay
from app.notices.webhook import WEBHOOK


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed notice; ``tries`` counts this one."""

    notice_id: int
    tries: int
    key: str
    text: str
    subject: str = ""
    to: str = ""

    def deliver(self, *, at: datetime) -> str:
        """Tell it now; return what went wrong, empty when nothing did."""
        try:
            if self.to:
                POSTMAN.deliver(Letter(to=self.to, subject=self.subject, text=self.text))
            else:
                WEBHOOK.call(self.text, key=self.key, at=at)
        except Undelivered as error:
            return str(error)
        return ""


def delivery_of(notice: Notice) -> Delivery | None:
    """Return how to tell a notice; None when whoever it is for is not here any more."""
    if notice.way is NoticeWay.WEBHOOK:
        return Delivery(notice.id, notice.tries, notice.key, notice.text)
    if notice.recipient is None or not notice.recipient.is_active:
        return None
    text = f"{notice.text}\n\n{POSTMAN.base_url}{notice.page}" if notice.page else notice.text
    return Delivery(notice.id, notice.tries, notice.key, text, notice.subject, notice.recipient.email)
