"""The page and the tables that bench_report makes of the results of a run.

Usage: bench_report_test.py PROGRAM SAMPLE.json [unittest's arguments]
"""

import copy
import html.parser
import json
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

PROGRAM, SAMPLE = sys.argv[1:3]

# Elements that HTML never closes.
VOID = {"meta", "br", "hr", "img", "link", "input"}


def sample() -> dict:
    return json.loads(Path(SAMPLE).read_text("utf-8"))


def measure_called(results: dict, name: str) -> dict:
    return next(measure for measure in results["measures"] if measure["name"] == name)


class Page(html.parser.HTMLParser):
    """What a browser would make of the page; fails where an element is not closed."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


class ReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.page_file = self.folder / "report.html"

    def run_program(self, results, *arguments):
        file = self.folder / "results.json"
        file.write_text(results if isinstance(results, str) else json.dumps(results), "utf-8")
        return subprocess.run(
            [PROGRAM, file, *arguments], capture_output=True, text=True, check=False
        )

    def page(self, results) -> str:
        program = self.run_program(results, "--html", self.page_file)
        self.assertEqual((program.returncode, program.stderr), (0, ""))
        return self.page_file.read_text("utf-8")

    def assert_refused(self, results, *words):
        program = self.run_program(results, "--html", self.page_file, "--markdown")
        self.assertEqual((program.returncode, program.stdout), (1, ""))
        for word in words:
            self.assertIn(word, program.stderr)
        self.assertFalse(self.page_file.exists())


class ThePage(ReportTest):
    def test_is_well_formed(self):
        text = self.page(sample())
        Page(text)
        xml.fromstring(text.removeprefix("<!DOCTYPE html>"))

    def test_shows_every_measure_and_contender_with_its_bar(self):
        results = sample()
        root = xml.fromstring(self.page(results).removeprefix("<!DOCTYPE html>"))
        sections = {section.findtext("h3"): section for section in root.iter("section")}
        self.assertEqual(list(sections), [measure["name"] for measure in results["measures"]])
        for measure in results["measures"]:
            names = ["".join(span.itertext()) for span in sections[measure["name"]].iter("span")
                     if span.get("class") == "name"]
            expected = [result["contender"].replace("_", " ") for result in measure["results"]]
            self.assertEqual(names, expected)
            self.assertEqual(len(list(sections[measure["name"]].iter("rect"))), len(expected))

    def test_shows_under_which_conditions_it_was_measured(self):
        texts = Page(self.page(sample())).texts
        for text in ["0.1.0", "3.40.1", "GCC 12.2.0", "2", "ext4", "2026-11-23T02:30:00Z", "200000"]:
            self.assertIn(text, texts)

    def test_shows_the_figures_of_a_contender(self):
        text = self.page(sample())
        self.assertIn("2,390 ns/row <b>1.37 ×</b>", text)

    def test_gives_a_contender_the_same_colour_in_every_chart_and_no_other_one(self):
        text = self.page(sample())
        colours: dict[str, set] = {}
        row = r'<div class="row ([^"]+)"><span class="name"><i class="swatch"></i>([^<]+)<'
        for colour, name in re.findall(row, text):
            colours.setdefault(name, set()).add(colour)
        self.assertTrue(all(len(each) == 1 for each in colours.values()), colours)
        self.assertEqual(len(set.union(*colours.values())), len(colours))
        self.assertEqual(
            {name for name, each in colours.items() if "tidemark" in min(each)},
            {"tidemark trigger", "tidemark session"},
        )

    def test_says_by_word_and_sign_whether_a_target_is_met(self):
        texts = Page(self.page(sample())).texts
        targets = [result["target_met"] for measure in sample()["measures"]
                   for result in measure["results"] if "target" in result]
        self.assertEqual(texts.count("✓ met"), targets.count(True))
        self.assertEqual(texts.count("✗ not met"), targets.count(False))
        self.assertIn("≤ 1.40 × memory", texts)

    def test_says_that_a_scale_is_logarithmic_when_values_span_two_decades(self):
        results = sample()
        results["measures"] = results["measures"][:1]
        values = results["measures"][0]["results"]
        del values[2:]
        values[0].update(low=1, median=1, high=1)
        values[1].update(low=2, median=2, high=100)
        self.assertNotIn("log scale", self.page(results))
        values[1].update(high=101)
        self.assertIn("log scale", self.page(results))

    def test_draws_a_line_through_the_percentiles_of_a_latency(self):
        results = sample()
        latency = measure_called(results, "insert, interval 100 ms")
        lines = self.page(results).count('<line class="curve" x1="12.50%"')
        self.assertEqual(lines, len(latency["results"]))

    def test_draws_zeros_and_a_single_value(self):
        results = sample()
        for result in results["measures"][0]["results"]:
            result.update(low=0, median=0, high=0)
            result.pop("target", None)
        results["measures"][1]["results"] = results["measures"][1]["results"][:1]
        text = self.page(results)
        self.assertNotRegex(text, r"\b(nan|inf)\b")
        Page(text)

    def test_says_what_is_below_zero_and_draws_no_bar(self):
        results = sample()
        results["measures"][1]["results"][0].update(low=-1234.5, median=-12, high=100)
        text = self.page(results)
        self.assertIn("−12 ns/row, low −1,234, high 100", text)
        self.assertNotRegex(text, r'"-\d')

    def test_holds_a_target_of_the_median_against_the_median(self):
        results = sample()
        result = results["measures"][1]["results"][0]
        result.update(target=412, target_of="median", target_met=True)
        texts = Page(self.page(results)).texts
        self.assertIn("≤ 412 ns/row", texts)
        self.assertIn("412 ns/row (379 – 478)", texts)

    def test_shows_a_contender_without_a_ratio(self):
        results = sample()
        result = results["measures"][1]["results"][2]
        for member in ["ratio", "ratio_low", "ratio_high"]:
            del result[member]
        text = self.page(results)
        self.assertIn("690 ns/row</span>", text)
        self.assertIn('<td class="figure">800</td><td colspan="3"></td></tr>', text)
        self.assertIn("| wal normal | 690 | 635 – 800 |  |  |",
                      self.run_program(results, "--markdown").stdout)

    def test_loads_nothing(self):
        text = self.page(sample())
        self.assertNotRegex(text, r"https?:|url\(|@import")
        for tag, attributes in Page(text).elements:
            self.assertNotIn(tag, {"script", "link", "img", "iframe", "object", "embed", "base"})
            self.assertNotIn("src", attributes)
            self.assertTrue(attributes.get("href", "#").startswith("#"))

    def test_escapes_every_text(self):
        evil = "\"'><script src=http://a.example>1</script><img onerror='x'>&amp;|\x01\n"

        def poison(value):
            if isinstance(value, dict):
                return {name: poison(each) for name, each in value.items()}
            if isinstance(value, list):
                return [poison(each) for each in value]
            return value + evil if isinstance(value, str) else value

        results = sample()
        latency = results["measures"].index(measure_called(results, "insert, interval 100 ms"))
        results = poison(results)
        results["options"]["<script>"] = "x"
        results["measures"][latency]["group"] = "latency"
        text = self.page(results)
        xml.fromstring(text.removeprefix("<!DOCTYPE html>"))
        for tag, attributes in Page(text).elements:
            self.assertNotIn(tag, {"script", "img"})
            self.assertFalse({"src", "onerror"} & set(attributes))

    def test_cannot_break_a_table_of_markdown(self):
        results = sample()
        results["measures"] = results["measures"][:1]
        results["measures"][0]["results"] = results["measures"][0]["results"][:1]
        results["measures"][0]["results"][0]["contender"] = "a|b\n<script>"
        program = self.run_program(results, "--markdown")
        self.assertIn("| a\\|b &lt;script> |", program.stdout)


class Malformed(ReportTest):
    def required(self):
        """The places of members that have to be there, each with its path."""
        results = sample()
        latency = results["measures"].index(measure_called(results, "insert, interval 100 ms"))
        target = next(i for i, r in enumerate(results["measures"][0]["results"]) if "target" in r)
        names = {
            (): ["tidemark", "sqlite", "compiler", "machine", "started", "options", "measures"],
            ("machine",): ["cpus", "kernel", "filesystem"],
            ("measures", 1): ["name", "group", "unit", "smaller_is_better", "results"],
            ("measures", 1, "results", 2): [
                "contender", "median", "low", "high", "ratio", "ratio_low", "ratio_high"],
            ("measures", 0, "results", target): ["target_met"],
            ("measures", latency, "results", 0): ["percentiles"],
        }
        for place, members in names.items():
            for member in members:
                yield place, member

    @staticmethod
    def path(place, member) -> str:
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in (*place, member)]
        return "".join(steps).removeprefix(".")

    @staticmethod
    def object_at(results, place):
        for step in place:
            results = results[step]
        return results

    def test_a_missing_member_is_named(self):
        for place, member in self.required():
            with self.subTest(path=self.path(place, member)):
                results = sample()
                del self.object_at(results, place)[member]
                self.assert_refused(results, f" {self.path(place, member)}: is missing")

    def test_a_member_of_another_type_is_named(self):
        for place, member in self.required():
            with self.subTest(path=self.path(place, member)):
                results = sample()
                self.object_at(results, place)[member] = None
                self.assert_refused(results, f" {self.path(place, member)}: has to be", "null")

    def test_what_is_no_object_is_named(self):
        self.assert_refused([], "the results: has to be an object, and is array")
        self.assert_refused({**sample(), "measures": [1]}, "measures[0]: has to be an object")

    def test_an_empty_list_is_named(self):
        self.assert_refused({**sample(), "measures": []}, "measures: is empty")
        results = sample()
        results["measures"][1]["results"] = []
        self.assert_refused(results, "measures[1].results: is empty")

    def test_impossible_figures_are_named(self):
        for change, path in [
            ({"median": 500}, "measures[1].results[0].median: does not lie between low and high"),
            ({"target": 3, "target_of": "p99", "target_met": True},
             "measures[1].results[0].target_of: has to be ratio or median"),
            ({"target": 3, "target_of": "ratio", "target_met": True, "ratio": None,
              "ratio_low": None, "ratio_high": None},
             "measures[1].results[0].target_of: has no ratio beside it"),
            ({"low": 413}, "measures[1].results[0].median: does not lie between low and high"),
            ({"target": 3, "target_met": False}, "measures[1].results[0].target_met: is false"),
            ({"percentiles": {"p5o": 1}}, "measures[1].results[0].percentiles.p5o: is not"),
            ({"percentiles": {}}, "measures[1].results[0].percentiles: is empty"),
        ]:
            with self.subTest(change):
                results = sample()
                results["measures"][1]["results"][0].update(change)
                self.assert_refused(results, path)

    def test_what_is_no_json_is_named(self):
        self.assert_refused('{"tidemark":', "results.json", "parse error")

    def test_optional_members_may_be_missing(self):
        results = sample()
        for measure in results["measures"]:
            measure.pop("base", None)
            measure["note"] = None
            for result in measure["results"]:
                result.pop("target", None)
        self.assertIn("Nothing in this run has a target", self.page(results))


def block(name: str, content: str = "old\n") -> str:
    return f"<!-- figures: begin {name} -->\n{content}<!-- figures: end {name} -->\n"


class TheUpdate(ReportTest):
    def update(self, *documents: str):
        files = [self.folder / f"{number}.md" for number in range(len(documents))]
        for file, document in zip(files, documents):
            file.write_text(document, "utf-8")
        program = self.run_program(sample(), "--update", *files)
        return program, [file.read_text("utf-8") for file in files]

    def test_replaces_only_what_is_between_the_markers(self):
        before, between, after = "# A\n\n`<!-- figures: begin x -->`\n", "\nold\n", "\n| b |"
        program, [text] = self.update(before + block("targets") + between + block("load") + after)
        self.assertEqual(program.stderr, "")
        pattern = re.escape(before + block("targets", "@") + between + block("load", "@") + after)
        targets, load = re.fullmatch(pattern.replace("@", "(.*)"), text, re.DOTALL).groups()
        self.assertIn("≤ 1.40 × memory", targets)
        self.assertIn("**1 GB file** (s, smaller is better)", load)
        self.assertNotIn("old", targets + load)

    def test_knows_a_single_measure(self):
        _, [text] = self.update(block("throughput/autocommit insert"))
        self.assertIn("| **tidemark trigger** | 2,390 |", text)
        self.assertNotIn("1,000 rows", text)

    def test_leaves_what_is_up_to_date_as_it_is(self):
        tables = self.run_program(sample(), "--markdown").stdout
        self.assertIn("| wal full |", tables)
        program, [text] = self.update(tables)
        self.assertEqual((program.returncode, text), (0, tables))

    def test_refuses_markers_that_do_not_fit(self):
        end = "<!-- figures: end load -->"
        for document, complaint in [
            ("# Nothing\n", "1.md: line 1: no '<!-- figures: begin NAME -->' is there"),
            ("", "1.md: line 0: no"),
            ("<!-- figures: begin load -->\n", f"1.md: line 1: '{end}' is missing"),
            (f"a\n{end}\n", f"1.md: line 2: '{end}' begins nothing"),
            ("<!-- figures: begin load -->\n" + block("targets"), "line 2: "),
            (block("load") + "<!-- figures: begin -->\n", "line 4: "),
            (block("colour"), "there is none of the name 'colour'"),
        ]:
            with self.subTest(document):
                good = block("targets")
                program, texts = self.update(good, document)
                self.assertEqual(program.returncode, 1)
                self.assertIn(complaint, program.stderr)
                self.assertEqual(texts, [good, document])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
