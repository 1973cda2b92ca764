#!/usr/bin/env python3
"""The C interface has all that the C++ interface has, and the cases in C use all of it.

Whoever adds an option, a member of a status or something to be observed adds it to C too, or says in
NOT_IN_C why not.
"""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP = ROOT / "include" / "tidemark"

# Member -> why C has no such thing.
NOT_IN_C: dict[str, str] = {}

DECLARATION = re.compile(r"TIDEMARK_EXPORT [\w\s*]*?(tidemark_\w+)\(")


def without_comments(path: Path) -> str:
    return re.sub(r"(?s)/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"))


C = "\n".join(without_comments(path) for path in sorted((CPP / "c").glob("*.h")))
CASES = "\n".join(without_comments(path) for path in (ROOT / "tests" / "c_api").glob("*.c"))


def members_of(struct: str, header: str) -> list[str]:
    """The names of the data members of a struct of C++."""
    text = without_comments(CPP / header)
    body = re.search(rf"(?s)\bstruct (?:TIDEMARK_EXPORT )?{struct} \{{\n(.*?)\n\}};", text)
    assert body, struct
    return re.findall(r"(?m)^    (?:std::function<[^;\n]+>|[^()\n]+?) ?\b(\w+)(?:\{[^;]*\}|\s*=(?!=)[^;]*)?;", body[1])


def c_struct(name: str) -> str:
    body = re.search(rf"(?s)typedef struct {name} \{{(.*?)\}} {name};", C)
    assert body, name
    return body[1]


class Coverage(unittest.TestCase):
    def expect_all(self, struct: str, header: str, has) -> None:
        members = members_of(struct, header)
        self.assertGreater(len(members), 1, struct)
        for member in members:
            if member not in NOT_IN_C:
                self.assertTrue(has(member), f"{struct}::{member} is not in C")

    def test_every_option_can_be_set(self):
        functions = DECLARATION.findall(C)

        def is_settable(prefix):
            return lambda member: any(
                re.fullmatch(rf"tidemark_options_(set|add)_{prefix}{member.removesuffix('s')}s?(_ms)?", name)
                for name in functions)

        self.assertIn("interval", members_of("Options", "options.hpp"))
        self.expect_all("Options", "options.hpp",
                        lambda member: member == "history" or is_settable("")(member))
        self.expect_all("HistoryOptions", "options.hpp", is_settable("history_"))
        self.assertIn("prepare_disk_connection", members_of("Options", "options.hpp"))

    def test_every_choice_of_a_destination_and_of_undoing_can_be_set(self):
        functions = DECLARATION.findall(C)

        def is_settable(prefix):
            return lambda member: any(
                re.fullmatch(rf"tidemark_{prefix}{member.removesuffix('s')}s?(_ms)?", name) for name in functions)

        # The name is there from the start, the table stands in each function of its rule.
        self.expect_all("DestinationOptions", "options.hpp",
                        lambda member: member in ("name", "destination", "rules"))
        self.expect_all("SqliteDestinationOptions", "destination.hpp", is_settable("destination_set_"))
        self.assertIn("row", members_of("TableRule", "rules.hpp"))
        self.expect_all("TableRule", "rules.hpp",
                        lambda member: member == "table" or is_settable("destination_(set|add)_rule_")(member))
        self.expect_all("UndoOptions", "undo.hpp", is_settable("undo_options_set_"))

    def test_everything_can_be_called(self):
        functions = DECLARATION.findall(C)
        text = without_comments(CPP / "database.hpp")
        body = re.search(r"(?s)\bclass TIDEMARK_EXPORT Database \{\n(.*?)\nprivate:", text)[1]
        methods = set(re.findall(r"(?m)^    (?:\S+ )*(?:\S+[ *])([a-z]\w*)\(", body))
        self.assertLessEqual({"open", "undo", "close"}, methods)
        for name in methods:
            self.assertTrue({f"tidemark_{name}", f"tidemark_get_{name}"} & set(functions), name)
        for name in re.findall(r"virtual [\w:<> ]+ (\w+)\(", without_comments(CPP / "destination.hpp")):
            self.assertIn(f"(*{name})", c_struct("tidemark_destination_functions"))

    def test_every_member_can_be_read(self):
        for struct, header, name in (("Status", "status.hpp", "tidemark_status"),
                                     ("TableStatus", "status.hpp", "tidemark_table_status"),
                                     ("DestinationStatus", "status.hpp", "tidemark_destination_status"),
                                     ("UndoConflict", "undo.hpp", "tidemark_undo_conflict"),
                                     ("UndoReport", "undo.hpp", "tidemark_undo_report"),
                                     ("DestinationMark", "destination.hpp", "tidemark_destination_mark"),
                                     ("VerifyReport", "status.hpp", "tidemark_verify_report"),
                                     ("FileReport", "status.hpp", "tidemark_file_report"),
                                     ("SyncReport", "observer.hpp", "tidemark_sync_report"),
                                     ("BatchSummary", "history.hpp", "tidemark_batch"),
                                     ("TableChanges", "history.hpp", "tidemark_table_changes"),
                                     ("HistoryGap", "history.hpp", "tidemark_gap")):
            body = c_struct(name)
            self.expect_all(struct, header,
                            lambda member, body=body: re.search(rf"\b{member}(_ms|_ns)?\b", body))

    def test_everything_can_be_observed(self):
        heard = re.findall(r"virtual void (on_\w+)\(", without_comments(CPP / "observer.hpp"))
        self.assertIn("on_sync", heard)
        for name in heard:
            if name not in NOT_IN_C:
                self.assertIn(f"(*{name})", c_struct("tidemark_observer"))

    def test_the_cases_use_every_function(self):
        functions = DECLARATION.findall(C)
        self.assertIn("tidemark_open", functions)
        self.assertGreater(len(functions), 70)
        for name in functions:
            used = re.search(rf"\b{name}\b", CASES)
            in_macro = re.search(rf"COMPLAINT\({name.removeprefix('tidemark_options_')},", CASES)
            self.assertTrue(used or in_macro, f"no case uses {name}")


if __name__ == "__main__":
    unittest.main()
