"""Questions are suggested about what the articles themselves speak of, whatever that is."""

from __future__ import annotations

from rag.errors import StoreError
from rag.types import Answer, Article, Citation, Listing, Passage
from ui.history import Kept
from ui.suggestions import Suggestions

TEXTS = {
    "a.txt": "The council met Mayor Ada Quill in Elmford. Her bridge, near the Low Docks, cost 4 million. In Elmford "
    "the Quillite party cheered. Later the people of Elmford danced.",
    "b.txt": "Traders told Mayor Ada Quill that rents in the Low Docks rose. They left Elmford on Monday.",
    "c.txt": "A ferry named Osprey sailed from Elmford to Northgate, and back to Elmford.",
    "d.txt": "Nobody in Northgate saw Ada Quill, mayor of a town, nor anyone from Elmford.",
}


class Library:
    def __init__(self, texts):
        self.texts = texts
        self.read = 0

    def listings(self):
        return tuple(Listing(source, source, None, len(text), 1) for source, text in self.texts.items())

    def article(self, source):
        self.read += 1
        return Article(source, self.texts[source], source)


def test_the_first_questions_are_about_people_and_about_what_several_articles_share():
    suggested = Suggestions(Library(TEXTS)).after(())
    about = [f"What do the articles say about {name}?" for name in ("the Low Docks", "Northgate")]
    assert suggested[:3] == (about[0], "Who is Ada Quill?", about[1])
    assert len(suggested) <= 4
    assert not any("Monday" in question for question in suggested)


def test_what_every_article_speaks_of_comes_last():
    names = Suggestions(Library(TEXTS))._names().ranked()
    assert names[-1] == "Elmford"


def test_further_questions_are_about_what_was_cited_and_not_asked_yet():
    suggestions = Suggestions(Library(TEXTS))
    citation = Citation(1, "d.txt", "d", None, 0, 1, TEXTS["d.txt"])
    answered = Kept(0, Answer("Where is Northgate?", "answered", "Here.[1]", citations=(citation,)))
    assert suggestions.after([answered]) == ("Who is Ada Quill?", "What do the articles say about Elmford?")
    passage = Passage("a.txt", "a", 0, 1, TEXTS["a.txt"], 1.0)
    refused = Kept(0, Answer("Who is Ada Quill?", "refused", "No.", passages=(passage,)))
    assert "What do the articles say about the Low Docks?" in suggestions.after([refused])


def test_names_are_read_again_only_when_the_articles_change():
    library = Library(dict(TEXTS))
    suggestions = Suggestions(library)
    suggestions.after(())
    suggestions.after(())
    assert library.read == len(TEXTS)
    library.texts["e.txt"] = "In Westhaven nothing happened, nor near Westhaven."
    assert "Westhaven" not in str(suggestions.after(()))
    assert library.read == 2 * len(TEXTS) + 1


def test_nothing_is_suggested_without_articles_or_where_they_cannot_be_read():
    class Broken(Library):
        def listings(self):
            raise StoreError("damaged")

    assert Suggestions(Library({})).after(()) == ()
    assert Suggestions(Broken({})).after(()) == ()
    assert Suggestions(Library({"a.txt": "no names here, none at all. nothing."})).after(()) == ()


def test_an_article_alone_is_asked_about_as_well():
    assert Suggestions(Library({"a.txt": TEXTS["a.txt"]})).after(())
