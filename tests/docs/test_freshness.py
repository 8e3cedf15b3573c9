"""No translation is older than its English page."""

from tests.docs.freshness import stale


def test_every_translation_is_made_from_the_english_page_as_it_is() -> None:
    late = [f"docs/{page}: see `make stale`, then `make accept PAGE={page}`" for page in stale()]
    assert not late, "\n".join(late)
