"""`cited eval add`: a case is checked, helped along, and appended to a file that is never left broken."""

import argparse
import json
import shlex

import pytest

from eval import adding
from eval.cases import load_cases

TRADE = "The trade was $240 billion."
LEAD = "Lai leads “Taiwan” in Taipei."
OLD = {
    "id": "name-leads", "kind": "name", "question": "Who leads?", "history": [], "required": [["Lai"]],
    "forbidden": [], "gold": [{"source": "a.txt", "quote": LEAD, "fact": 0}], "answerable": True,
}
BEFORE = json.dumps(OLD) + "\n"
LONG = "Wang met " + "many and ever more " * 8 + "people in Kazan."


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text(f"{TRADE} {LEAD}\n\n{LONG}\n", encoding="utf-8")
    (tmp_path / "seeds" / "b: c.txt").write_text("Lai spoke. Wang is in\x1b[2J Kazan.", encoding="utf-8")
    (tmp_path / "cases.jsonl").write_text(BEFORE, encoding="utf-8")
    return tmp_path


def add(*arguments):
    parser = argparse.ArgumentParser()
    adding.add_arguments(parser)
    return adding.run(parser.parse_args(["--questions", "cases.jsonl", *arguments]))


def content():
    with open("cases.jsonl", encoding="utf-8", newline="") as file:
        return file.read()


def added():
    return json.loads(content().splitlines()[-1])


NUMBER = ("--kind", "number", "--question", "How large was the trade?", "--fact", "$240 billion | 240 bn")


@pytest.fixture
def types(monkeypatch, capsys):
    """Puts somebody at the terminal who types the given lines; returns what they will have been asked."""
    left, asked = [], []

    def answer(prompt):
        asked.append(prompt)
        line = left.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line

    def sit_down(*lines):
        left.extend(lines)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", answer)
        return asked

    yield sit_down
    assert not left


def test_the_only_sentence_that_states_a_fact_is_its_quote_and_the_id_is_made_of_the_question(capsys):
    assert add(*NUMBER) == 0
    assert content() == BEFORE + json.dumps(
        {"id": "number-large-trade", "kind": "number", "question": "How large was the trade?", "history": [],
         "required": [["$240 billion", "240 bn"]], "forbidden": [],
         "gold": [{"source": "a.txt", "quote": TRADE, "fact": 0}], "answerable": True}) + "\n"
    captured = capsys.readouterr()
    assert captured.out == "Added number-large-trade to cases.jsonl\n"
    assert captured.err == ""
    assert [case.id for case in load_cases(adding.Path("cases.jsonl"))] == ["name-leads", "number-large-trade"]


def test_everything_can_be_said(capsys):
    quote = "leads “Taiwan”"
    assert add("--id", "x", "--kind", "multi", "--question", "Who leads, and how much?", "--fact", "Lai", "--fact",
               "$240 billion", "--forbid", "Wang | Xi", "--quote", f"1=a.txt: {TRADE}", "--quote",
               f"0=a.txt:{quote}", "--quote", "0=b: c.txt: Lai spoke.", "--history", "Who? => Lai => him.",
               "--must-pass") == 0
    case = added()
    assert case["gold"] == [{"source": "a.txt", "quote": quote, "fact": 0},
                            {"source": "b: c.txt", "quote": "Lai spoke.", "fact": 0},
                            {"source": "a.txt", "quote": TRADE, "fact": 1}]
    assert case["history"] == [{"question": "Who?", "answer": "Lai => him."}]
    assert (case["forbidden"], case["must_pass"]) == ([["Wang", "Xi"]], True)
    assert "the quote 'leads “Taiwan”' states no wording of fact 0" in capsys.readouterr().err


def test_curly_quotes_stay_as_they_are_and_what_cannot_be_seen_is_escaped():
    assert add("--kind", "name", "--question", "Who\u00a0leads\x9b?", "--fact", "Taipei") == 0
    assert "“Taiwan”" in content()
    assert "Who\\u00a0leads\\u009b?" in content()
    assert added()["question"] == "Who\u00a0leads\x9b?"


def test_a_quote_without_a_number_supports_the_facts_that_it_states(capsys):
    facts = ("--kind", "multi", "--question", "Who and how much?", "--fact", "Lai", "--fact", "240 bn")
    assert add(*facts, "--quote", f"a.txt: {TRADE} {LEAD}") == 0
    assert [entry["fact"] for entry in added()["gold"]] == [0, 1]
    assert add(*facts, "--id", "y", "--quote", "a.txt: Wang met") == 2
    assert "states none of the facts. Say which it is for" in capsys.readouterr().err


def test_of_several_sentences_one_must_be_named_and_is_listed_ready_to_paste(capsys):
    options = ("--kind", "place", "--question", "Where is Wang?", "--fact", "Kazan")
    assert add(*options) == 2
    assert content() == BEFORE
    err = capsys.readouterr().err
    assert "2 sentences state fact 0 (Kazan)" in err
    assert "\x1b" not in err
    listed = [line for line in err.splitlines() if line.startswith("  --quote ")]
    assert listed[1] == "  --quote '0=b: c.txt: Wang is in [2J Kazan.'"
    assert "…" in listed[0]
    assert add(*options, *(word for line in listed for word in shlex.split(line))) == 0
    assert [entry["quote"] for entry in added()["gold"]] == [LONG, "Wang is in\x1b[2J Kazan."]


def test_other_sources_that_state_the_fact_are_pointed_out(capsys):
    assert add("--kind", "place", "--question", "Where is Wang?", "--fact", "Kazan", "--quote", f"a.txt: {LONG}") == 0
    assert ("note: fact 0 is stated elsewhere, too. List every source that supports it:\n  --quote '0=b: c.txt: "
            in capsys.readouterr().err)


def test_a_question_that_is_there_already_and_a_forbidden_fact_in_a_quote_are_pointed_out(capsys):
    assert add("--kind", "name", "--question", "who leads", "--fact", "Taipei", "--forbid", "Lai") == 0
    err = capsys.readouterr().err
    assert "note: the case 'name-leads' asks the same: Who leads?" in err
    assert "states a forbidden fact" in err
    assert added()["id"] == "name-leads-2"


def test_an_unanswerable_case_has_neither_facts_nor_quotes(capsys):
    assert add("--kind", "absent", "--question", "How old is Lai?") == 0
    assert (added()["answerable"], added()["required"], added()["gold"]) == (False, [], [])
    assert add("--unanswerable", "--kind", "other", "--question", "How tall is Lai?") == 0
    assert added()["id"] == "other-tall-lai"
    assert add("--unanswerable", "--kind", "absent", "--question", "How?", "--fact", "x") == 2
    assert "Leave out --fact and --quote" in capsys.readouterr().err


def test_a_dry_run_prints_the_line_and_writes_nothing(capsys, home):
    (home / "cases.jsonl").chmod(0o444)
    assert add(*NUMBER, "--dry-run") == 0
    assert json.loads(capsys.readouterr().out)["id"] == "number-large-trade"
    assert content() == BEFORE
    assert [path.name for path in home.iterdir() if path.is_file()] == ["cases.jsonl"]


@pytest.mark.parametrize("arguments, message", [
    (NUMBER[2:], "--kind is missing: The kind (such as name; if the corpus does not say: off_topic, "),
    (NUMBER[:2], "--question is missing"),
    ((*NUMBER[:3], " ", *NUMBER[4:]), "--question is missing"),
    (NUMBER[:4], "--fact is missing"),
    ((*NUMBER[:4], "--fact", "|"), "--fact is empty. Write the wordings of a fact, as in --fact 'half | 50%'."),
    ((*NUMBER, "--forbid", " "), "--forbid is empty"),
    ((*NUMBER[:4], "--fact", "a million"), "no sentence of the corpus states fact 0 (a million). Give what does"),
    ((*NUMBER, "--quote", "c.txt: The"), "begins with no file of the corpus. Write 'SOURCE: TEXT', where SOURCE is one "
                                         "of: a.txt, b: c.txt."),
    ((*NUMBER, "--quote", "a.txt: "), "quotes nothing"),
    ((*NUMBER, "--quote", 'a.txt: leads "Taiwan"'), "a.txt does not hold the quote 'leads \"Taiwan\"'. Copy it"),
    ((*NUMBER, "--quote", f"7=a.txt: {TRADE}", "--quote", "0=a.txt: nothing"), "does not hold the quote 'nothing'"),
    ((*NUMBER, "--id", "name-leads"), "the id 'name-leads' is taken in cases.jsonl. Give another with --id."),
    ((*NUMBER, "--history", "Who?"), "--history 'Who?' is no turn. Write --history 'question => answer'."),
    ((*NUMBER, "--history", "Who? =>"), "is no turn"),
    ((*NUMBER[:3], "How \udce4?", *NUMBER[4:]), "holds a character that is not text"),
    (("--kind", "absent", *NUMBER[2:]), "a case of kind 'absent' without an answer has no facts"),
])
def test_misuse_is_one_line_and_leaves_the_file_as_it_was(capsys, arguments, message):
    assert add(*arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("cited eval add: ")
    assert err.count("\n") == 1
    assert content() == BEFORE


def test_a_read_only_file_is_refused_before_anything_else(home, capsys):
    (home / "cases.jsonl").chmod(0o444)
    assert add() == 2
    assert "cases.jsonl is not a file that can be written. Change its permissions" in capsys.readouterr().err


@pytest.mark.parametrize("place, message", [
    ("seeds", "is not a file that can be written"),
    ("cases.jsonl/x.jsonl", "nothing can be written in"),
    ("lib/site-packages/eval/x.jsonl", "belongs to the installed package"),
])
def test_a_place_where_no_case_can_go_is_refused(place, message, capsys):
    assert add("--questions", place, *NUMBER) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_is_not_ones_own_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("os.access", lambda path, mode: path.is_file())
    assert add(*NUMBER) == 2
    assert "nothing can be written in" in capsys.readouterr().err


def test_a_new_file_is_begun(home):
    assert add("--questions", "mine/new.jsonl", *NUMBER) == 0
    assert [case.id for case in load_cases(home / "mine" / "new.jsonl")] == ["number-large-trade"]


def test_line_endings_permissions_and_links_are_kept_and_a_missing_last_break_is_added(home):
    (home / "cases.jsonl").rename(home / "real.jsonl")
    (home / "real.jsonl").write_bytes((BEFORE + BEFORE.replace("name-", "x-")).replace("\n", "\r\n").encode()[:-2])
    (home / "real.jsonl").chmod(0o640)
    (home / "cases.jsonl").symlink_to("real.jsonl")
    assert add(*NUMBER) == 0
    raw = (home / "real.jsonl").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == 3
    assert raw.endswith(b"}\r\n")
    assert (home / "real.jsonl").stat().st_mode & 0o777 == 0o640
    assert (home / "cases.jsonl").is_symlink()


def test_a_file_that_is_broken_or_about_another_corpus_is_an_error(home, capsys):
    (home / "cases.jsonl").write_text("{", encoding="utf-8")
    assert add(*NUMBER) == 2
    assert "cases.jsonl, line 1: not JSON" in capsys.readouterr().err
    (home / "cases.jsonl").write_text(BEFORE.replace("a.txt", "z.txt"), encoding="utf-8")
    assert add(*NUMBER) == 2
    err = capsys.readouterr().err
    assert "cases.jsonl is not about seeds: case 'name-leads': the corpus has no file 'z.txt'" in err
    assert add("--corpus", "nowhere", *NUMBER) == 1


def test_a_write_that_fails_or_is_stopped_leaves_the_file_as_it_was(home, monkeypatch, capsys):
    for raised, code in ((OSError("disk full"), 2), (KeyboardInterrupt(), 1)):
        def fail(*_, raised=raised):
            raise raised

        monkeypatch.setattr("os.replace", fail)
        assert add(*NUMBER) == code
        assert content() == BEFORE
        assert [path.name for path in home.iterdir() if path.is_file()] == ["cases.jsonl"]
    err = capsys.readouterr().err
    assert "cases.jsonl cannot be written: disk full. Name another file" in err
    assert "stopped. Nothing is half written." in err


def test_a_case_that_was_added_meanwhile_is_kept(monkeypatch, capsys, home):
    desk = adding.Desk

    def slow(*arguments):
        made = desk(*arguments)
        with open("cases.jsonl", "a", encoding="utf-8") as file:
            file.write(BEFORE.replace("name-leads", "number-large-trade"))
        return made

    monkeypatch.setattr(adding, "Desk", slow)
    assert add(*NUMBER) == 2
    assert "has a case 'number-large-trade' by now" in capsys.readouterr().err
    monkeypatch.setattr(adding, "Desk", desk)
    assert add(*NUMBER, "--id", "x") == 0
    assert content().count("\n") == 3


def test_on_a_terminal_what_is_missing_is_asked_for(types, capsys):
    asked = types("", "Where are Lai and Wang?", "place", "Lai | William Lai", "Kazan", "", "2, 1", "1", "", "")
    assert add() == 0
    case = added()
    assert case["required"] == [["Lai", "William Lai"], ["Kazan"]]
    assert [(entry["source"], entry["fact"]) for entry in case["gold"]] == [("b: c.txt", 0), ("a.txt", 0), ("a.txt", 1)]
    assert case["id"] == "place-lai-wang"
    assert "such as name; if the corpus does not say: off_topic" in asked[2]
    assert asked[-2] == "The id [place-lai-wang]: "
    assert json.dumps(case, ensure_ascii=False) in asked[-1]
    captured = capsys.readouterr()
    assert "Fact 0 (Lai | William Lai) is stated by\n  1. a.txt: Lai leads “Taiwan” in Taipei.\n" in captured.out
    assert "fact 1 is stated elsewhere, too" in captured.err
    assert "\x1b" not in captured.out + captured.err


def test_on_a_terminal_what_cannot_be_used_is_asked_for_again(types, capsys):
    types("3", "0", "a.txt: not there", "a.txt: in Taipei", "name-leads", "x", "yes")
    assert add("--question", "Where?", "--kind", "place", "--fact", "Lai") == 0
    assert (added()["id"], added()["gold"][0]["quote"]) == ("x", "in Taipei")
    out = capsys.readouterr().out
    assert out.count("The numbers are 1 to 2.") == 2
    assert "a.txt does not hold the quote 'not there'" in out
    assert "That one is taken." in out


def test_on_a_terminal_a_fact_that_no_sentence_states_needs_a_quote(types, capsys):
    types("1", "a.txt: Wang", "", "")
    assert add("--question", "Where?", "--kind", "place", "--fact", "Nowhere") == 0
    assert "no sentence of the corpus" in capsys.readouterr().out
    assert added()["gold"] == [{"source": "a.txt", "quote": "Wang", "fact": 0}]


def test_on_a_terminal_the_case_is_added_only_when_it_is_agreed_to(types, capsys):
    types("", "n")
    assert add("--question", "How old?", "--kind", "absent") == 0
    assert "Nothing was added." in capsys.readouterr().out
    assert content() == BEFORE


@pytest.mark.parametrize("end", [KeyboardInterrupt(), EOFError()])
def test_ctrl_c_and_ctrl_d_stop_without_a_trace(types, capsys, end):
    types("Where?", end)
    assert add() == 1
    assert capsys.readouterr().err == "\ncited eval add: stopped. Nothing is half written.\n"
    assert content() == BEFORE
