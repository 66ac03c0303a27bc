"""`cited eval` from its arguments to its exit code, with a bot that needs no model."""

import argparse
import json
from dataclasses import replace

import pytest

from eval import cli
from eval.report import comparison_table, git_commit, read_report, report_rows
from eval.statistics import Comparison
from rag.types import Answer, Citation, Claim, Passage
from tests.conftest import FakeModel

TEXT = "The trade was $240 billion."


class Parrot:
    """Answers every question with the corpus's only sentence, `shift` characters off, or refuses."""

    llm = None

    def __init__(self, shift=0, refuses=False):
        self.shift, self.refuses, self.closed, self.asked = shift, refuses, False, 0

    def ask(self, question, history=()):
        self.asked += 1
        passages = (Passage("a.txt", "", 0, len(TEXT), TEXT, 1.0),)
        if self.refuses:
            return Answer(question, "refused", "Not said.", reason="Not said.", passages=passages)
        cited = Citation(1, "a.txt", "", None, self.shift, len(TEXT) + self.shift, TEXT)
        return Answer(question, "answered", TEXT + " [1]", (Claim(TEXT, (1,), "supported", 1.0),), (cited,), passages)

    def close(self):
        self.closed = True


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CITED_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text(TEXT, encoding="utf-8")
    gold = [{"source": "a.txt", "quote": TEXT, "fact": 0}]
    cases = [
        {"id": "trade", "kind": "number", "question": "How much?", "required": [["240 bn"]], "gold": gold,
         "answerable": True, "must_pass": True},
        {"id": "again", "kind": "typo", "question": "How mcuh?", "required": [["240 bn"]], "gold": gold,
         "answerable": True},
        {"id": "nowhere", "kind": "absent", "question": "How old?", "answerable": False},
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    return tmp_path


def run(*arguments, bot=None):
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    if arguments and arguments[0] in ("accept", "add"):
        arguments = (arguments[0], "--questions", "cases.jsonl", *arguments[1:])
    elif "--compare" not in arguments and "--dataset" not in arguments:
        arguments = ("--questions", "cases.jsonl", *arguments)
    return cli.run(parser.parse_args(arguments), lambda plan: bot or Parrot())


def rows(path):
    return report_rows(read_report(path), path)


def test_a_run_prints_the_figures_by_kind_and_names_the_failures(home, capsys):
    bot = Parrot()
    assert run(bot=bot) == 0
    out = capsys.readouterr().out
    assert "3 cases · cases.jsonl · cited · model none" in out
    assert "right, of the answerable" in out
    assert "nowhere  refusal  How old?" in out
    assert bot.closed


def test_the_json_report_holds_configuration_identity_figures_and_every_row(home):
    assert run("--out", "r.json", "--set", "passages=5") == 0
    report = json.loads((home / "r.json").read_text(encoding="utf-8"))
    assert report["config"]["passages"] == 5
    assert {"corpus", "model", "model_digest", "code", "git", "created", "run_id", "gate"} <= report.keys()
    assert report["metrics"]["right"]["mean"] == pytest.approx(2 / 3)
    assert report["metrics"]["refusal_recall"]["mean"] == 0
    assert report["metrics"]["span@1"]["mean"] == 1
    assert [row["id"] for row in report["rows"]] == ["trade", "again", "nowhere"]
    assert str(home) not in json.dumps(report)
    assert len(rows(home / "r.json")) == 3


def test_the_gate_opens_when_must_pass_cases_are_right_and_citations_exact(home, capsys):
    assert run("--gate") == 0
    assert capsys.readouterr().err == ""


def test_the_gate_says_which_must_pass_case_failed(home, capsys):
    assert run("--gate", bot=Parrot(refuses=True)) == 1
    assert capsys.readouterr().err == "cited eval: must-pass case trade failed: refusal\n"


def test_the_gate_says_which_citation_is_not_exact(home, capsys):
    assert run("--gate", "--kind", "typo", bot=Parrot(shift=1)) == 1
    assert capsys.readouterr().err == "cited eval: case again has a citation that is not exact\n"


def test_a_run_leaves_a_page_for_people_and_xml_for_ci_servers_beside_the_json(home, capsys):
    run("--out", "r.json")
    assert "to look at in r.html" in capsys.readouterr().out
    assert (home / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert '<testsuites name="cited.eval" tests="3"' in (home / "r.xml").read_text(encoding="utf-8")


def test_an_accepted_run_is_shown_beside_the_next_and_shuts_the_gate_on_what_cannot_be_told_any_more(home, capsys):
    run("--out", "r.json")
    assert run("accept", "r.json") == 0
    assert "r.json is the baseline now: cases.baseline.json" in capsys.readouterr().out
    assert run("--gate", "--out", "s.json") == 0
    assert "baseline → this run" in capsys.readouterr().out
    assert run("--gate", "--kind", "typo", "--out", "s.json", bot=Parrot(refuses=True)) == 1
    assert "citations exact cannot be told any more" in capsys.readouterr().err
    report = read_report(home / "s.json")
    assert report["baseline"]["compared"]["right"]["n"] == 1
    assert len(report["gate"]["regressions"]) > 1


def test_a_baseline_that_cannot_be_read_is_known_before_anything_is_asked(home, capsys):
    (home / "cases.baseline.json").write_text("{}", encoding="utf-8")
    bot = Parrot()
    assert run("--out", "r.json", bot=bot) == 2
    assert "cases.baseline.json is not a report" in capsys.readouterr().err
    assert not bot.asked


def test_the_gate_says_when_there_is_nothing_to_compare_with(home, capsys):
    assert run("--gate", "--out", "r.json") == 0
    said = "There is no accepted run of these cases in cases.baseline.json: the gate checks the promises only"
    assert said in capsys.readouterr().out
    run("accept", "r.json")
    run("--gate", "--out", "r.json")
    assert said not in capsys.readouterr().out


def test_a_part_of_the_cases_is_not_accepted(home, capsys):
    run("--out", "r.json", "--limit", "1")
    assert run("accept", "r.json") == 2
    assert "r.json lacks 2 cases of cases.jsonl, such as 'again'. Run all." in capsys.readouterr().err


def test_a_case_is_added_by_the_same_command(home):
    assert run("add", "--kind", "number", "--question", "How large was it?", "--fact", "$240 billion") == 0
    assert '"How large was it?"' in (home / "cases.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [
    ("add", "--kind", "number", "--question", "How large was it?", "--fact", "$240 billion"), ("accept", "r.json"),
])
def test_what_stands_before_a_command_holds_for_it(home, capsys, command):
    run("--out", "r.json")
    (home / "seeds").rename(home / "articles")
    assert cli.main(["--questions", "cases.jsonl", "--corpus", "articles", *command]) == 0
    assert "cases." in capsys.readouterr().out.splitlines()[-1]


def test_a_judge_that_is_the_answering_model_is_refused_before_anything_is_asked(home, monkeypatch, capsys):
    class Model:
        name, digest, address = "m", "d", None

        def close(self):
            """Nothing is held."""

    bot = Parrot()
    bot.llm = Model()
    monkeypatch.setattr(cli, "load_judge", lambda spec, config: Model())
    assert run("--judge", "local", bot=bot) == 2
    assert "would be judging itself" in capsys.readouterr().err
    assert bot.asked == 0


def test_a_judge_speaks_beside_the_figures(home, monkeypatch, capsys):
    class Yes(FakeModel):
        name = "judge"

        def generate(self, messages, *, max_tokens):
            self.replies = ["Yes."]
            return super().generate(messages, max_tokens=max_tokens)

    monkeypatch.setattr(cli, "load_judge", lambda spec, config: Yes())
    assert run("--judge", "openai:judge", "--out", "r.json") == 0
    assert "Judge judge" in capsys.readouterr().out
    assert read_report(home / "r.json")["judge"]["correct"]["mean"] == 1


def test_only_failed_asks_what_had_a_fault_in_the_report_before(home):
    run("--out", "r.json", "--set", "passages=5")
    bot = Parrot()
    assert run("--out", "r.json", "--only-failed", bot=bot) == 0
    assert bot.asked == 1
    assert [row.id for row in rows(home / "r.json")] == ["nowhere"]


def test_limit_and_kind_choose_cases(home):
    run("--out", "r.json", "--limit", "2")
    assert [row.id for row in rows(home / "r.json")] == ["trade", "again"]
    run("--out", "r.json", "--kind", "absent", "--kind", "typo")
    assert [row.id for row in rows(home / "r.json")] == ["again", "nowhere"]


def test_two_reports_are_compared_on_the_cases_they_share(home, capsys):
    run("--out", "a.json", "--set", "passages=5")
    run("--out", "b.json", bot=Parrot(refuses=True))
    capsys.readouterr()
    assert run("--compare", "a.json", "b.json") == 0
    out = capsys.readouterr().out
    assert "a.json → b.json" in out
    line = next(line for line in out.splitlines() if line.strip().startswith("unanswerable refused"))
    assert "+1.000" in line
    assert line.endswith("inconclusive")


def test_a_comparison_says_what_is_not_alike(home, capsys):
    run("--out", "a.json")
    run("--out", "same.json")
    (home / "seeds" / "b.txt").write_text("Nothing.", encoding="utf-8")
    changed = (home / "cases.jsonl").read_text(encoding="utf-8").replace("How mcuh?", "How mcuhh?")
    (home / "cases.jsonl").write_text(changed, encoding="utf-8")
    run("--out", "b.json", "--set", "passages=5", "--kind", "typo", "--kind", "number")
    capsys.readouterr()
    assert run("--compare", "a.json", "same.json") == 0
    assert "Not alike" not in capsys.readouterr().out
    assert run("--compare", "a.json", "b.json") == 0
    said = capsys.readouterr().out
    corpora = [read_report(home / name)["corpus"][:39] + "…" for name in ("a.json", "b.json")]
    assert said.endswith("Not alike in both:\n"
                         f"  corpus: {corpora[0]} → {corpora[1]}\n"
                         "  setting passages: 10 → 5\n"
                         "  cases that are not in the other run, or not the same there: 2, 1\n")


def test_more_of_what_should_be_less_is_worse():
    compared = {name: Comparison(0.5, 0.4, 0.6, 0.001, None, 0.1, 40, "better") for name in ("right", "false_refusal")}
    lines = comparison_table(compared, "a", "b").lines
    assert [(line[0], line[-1]) for line in lines] == [("right", "better"), ("answerable refused", "worse")]


def test_a_dataset_brings_its_own_corpus_and_leaves_no_text_outside_home(home):
    (home / "set").mkdir()
    document = {"doc_id": "a", "title": "Trade", "text": TEXT}
    question = {"qid": "1", "question": "How much?", "answers": ["$240 billion"], "gold_docs": ["a"],
                "evidence": [TEXT], "answerable": True}
    (home / "set" / "corpus.jsonl").write_text(json.dumps(document), encoding="utf-8")
    (home / "set" / "questions.jsonl").write_text(json.dumps(question), encoding="utf-8")
    assert run("--dataset", "set", "--out", "r.json") == 0
    row = rows(home / "r.json")[0]
    assert (row.kind, row.scores["hit@1"], row.scores["span@1"]) == ("set_answerable", 1, 0)
    assert len(list((home / "home" / "eval" / "datasets").glob("set-*/a.txt"))) == 1


@pytest.mark.parametrize("arguments, message", [
    (("--kind", "nonsense"), "there is no case of kind 'nonsense'. The kinds are number, typo, absent."),
    (("--set", "passages"), "--set passages has no value."),
    (("--set", "corpus=x"), "there is no setting 'corpus'"),
    (("--set", "passages=many"), "passages must be a whole number"),
    (("--questions", "absent.jsonl"), "absent.jsonl cannot be read"),
    (("--only-failed",), "cannot be read"),
    (("--compare", "cases.jsonl", "cases.jsonl"), "is not a report of cited eval"),
    (("--dataset", "nowhere"), "corpus.jsonl cannot be read"),
])
def test_misuse_is_one_line_and_exit_code_2(home, capsys, arguments, message):
    assert run(*arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("cited eval: ")
    assert err.count("\n") == 1


def test_a_missing_corpus_is_one_line_and_exit_code_1(home, capsys):
    assert run("--corpus", "absent") == 1
    assert "there is no folder absent" in capsys.readouterr().err


def test_ctrl_c_says_that_the_answers_so_far_are_kept(home, capsys):
    class Stopped(Parrot):
        def ask(self, question, history=()):
            raise KeyboardInterrupt

    assert run(bot=Stopped()) == 1
    assert "the same command goes on from here" in capsys.readouterr().err


def test_what_an_answer_says_cannot_command_the_terminal(home, capsys):
    class Rude(Parrot):
        def ask(self, question, history=()):
            return Answer(question, "answered", "\x1b[2J[bold]wrong\nline")

    run(bot=Rude())
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert " [2J[bold]wrong line" in out


def test_what_a_case_is_called_cannot_command_the_terminal_either(home, capsys):
    cases = (home / "cases.jsonl").read_text(encoding="utf-8")
    named = cases.replace('"trade"', '"\\u001b[2Jtr\\nade"').replace('"number"', '"num\\u001bber"')
    (home / "cases.jsonl").write_text(named, encoding="utf-8")
    assert run("--gate", bot=Parrot(refuses=True)) == 1
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "must-pass case  [2Jtr ade failed" in said.err


def test_on_a_terminal_the_tables_are_drawn_and_markup_in_answers_is_inert(home, capsys, monkeypatch):
    class Rude(Parrot):
        def ask(self, question, history=()):
            return Answer(question, "answered", "[bold]wrong")

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    run("--kind", "typo", bot=Rude())
    out = capsys.readouterr().out
    assert "┃" in out
    assert "[bold]wrong" in out


def test_a_commit_is_named_only_where_there_is_one():
    assert git_commit() is None or len(git_commit().rstrip("+")) == 40


def test_the_gate_stays_shut_for_a_question_that_raised_and_for_what_is_said_beside_the_claims(home, capsys):
    class Broken(Parrot):
        def ask(self, question, history=()):
            if question == "How old?":
                raise RuntimeError("no luck")
            answer = super().ask(question, history)
            return replace(answer, text=f"{answer.text} The captain fled. [1]") if question == "How mcuh?" else answer

    assert run("--gate", bot=Broken()) == 1
    said = capsys.readouterr().err
    assert "case nowhere raised RuntimeError: no luck" in said
    assert "case again has text that is no claim: 'The captain fled.'" in said


@pytest.mark.parametrize("name", ["run.html", "run.xml"])
def test_the_report_does_not_go_where_the_page_goes(home, capsys, name):
    assert run("--out", name) == 2
    assert "Name the JSON report" in capsys.readouterr().err


def test_nothing_to_ask_is_an_error_that_leaves_the_last_report(home, capsys):
    run("--out", "r.json")
    before = (home / "r.json").read_bytes()
    assert run("--out", "r.json", "--must-pass", "--kind", "typo") == 2
    assert "no case is left" in capsys.readouterr().err
    assert (home / "r.json").read_bytes() == before
