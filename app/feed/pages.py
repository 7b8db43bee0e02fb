"""What the feed's list and a post's page show, read once for a template; the composer's page shows the same list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from app.accounts.permissions import Person
from app.cases.queries import kept_from_nobody
from app.feed import counts, queries
from app.feed.forms import filters_from, query_of
from app.feed.items import FeedItem, FeedPage, Viewer
from app.feed.ranking import Filters, View, cursor_from
from app.mentions.models import Mention
from app.mentions.queries import ThreadLine, mention_of, thread_of
from app.triage.personal_data import mask

THREAD = 40


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the feed with its count; ``count`` is None where it is not known."""

    view: View
    query: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """The feed's list. ``query`` is the address's part that keeps its filters; ``newest`` the last post that was sorted."""

    viewer: Viewer
    filters: Filters
    page: FeedPage
    query: str
    newest: int
    next_query: str
    tabs: tuple[Tab, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def filtered(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.filters.topic, self.filters.language, self.filters.lane)))


def viewer_and_filters(person: Person, given: Mapping[str, str]) -> tuple[Viewer, Filters]:
    """Return who looks and at what; those who do not answer themselves see everything first."""
    viewer = queries.viewer_of(person)
    return viewer, filters_from(given, usual=View.FOR_YOU if viewer.advocate_id else View.ALL)


def list_page(person: Person, given: Mapping[str, str], *, at: datetime, counted: bool = True) -> ListPage:
    """Return the list an address asks for. ``counted``: with the counts of all views."""
    viewer, filters = viewer_and_filters(person, given)
    newest = counts.sorted_up_to()
    page = queries.page_of(viewer, filters, after=cursor_from(given.get("after", "")), at=at)
    known = (item for item in page.items if item.topic)
    return ListPage(
        viewer=viewer,
        filters=filters,
        page=page,
        query=query(filters),
        newest=newest,
        next_query=urlencode(query_of(filters, after=str(page.next_after))) if page.next_after else "",
        tabs=tabs_of(viewer, filters) if counted else (),
        topics=_choices(filters.topic, *viewer.tastes.topics, *(item.topic for item in known)),
        languages=_choices(filters.language, *viewer.tastes.languages, *(item.language for item in page.items)),
    )


def tabs_of(viewer: Viewer, filters: Filters) -> tuple[Tab, ...]:
    """Return the views a person can switch between, each counted up to 99."""
    counted = counts.counts_of(viewer)
    views = list(View) if viewer.advocate_id is not None else [View.ALL, View.HELLO, View.BY_HAND]
    if not counted.get(View.BY_HAND) and filters.view is not View.BY_HAND:
        views.remove(View.BY_HAND)
    return tuple(
        Tab(view, urlencode({"view": view.value}), current=view is filters.view, count=counted.get(view))
        for view in views
    )


def _choices(*words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


@dataclass(frozen=True, slots=True)
class PostPage:
    """One post with its thread, as the crowd may see it."""

    viewer: Viewer
    item: FeedItem
    mention: Mention
    thread: tuple[ThreadLine, ...]

    @property
    def account(self) -> str:
        """The brand's account that would answer."""
        return f"@{self.mention.connection.handle}"


def post_page(viewer: Viewer, mention_id: int, *, at: datetime) -> PostPage:
    """Return one post of the feed.

    Raises:
        NotFound: it is not in the feed, or not for this person.
    """
    item = queries.item_of(viewer, mention_id, at=at)
    mention = mention_of(viewer.person, mention_id)
    thread = thread_of(viewer.person, mention, kept=kept_from_nobody(viewer.person, Mention.id), limit=THREAD)
    return PostPage(viewer, item, mention, tuple(thread))


def crowd_text(line: ThreadLine) -> str:
    """Return a thread's post with personal data hidden."""
    return line.text if line.ours else line.masked_text if line.masked_text is not None else mask(line.text)


def query(filters: Filters) -> str:
    """Return the part of an address that keeps ``filters``."""
    return urlencode(query_of(filters))


def kept_query(given: Mapping[str, str]) -> str:
    """Return the filters an address carried, to go back to the same list."""
    return urlencode({name: given[name] for name in ("view", "topic", "lang", "lane", "sort") if given.get(name)})
