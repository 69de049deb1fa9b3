#!/usr/bin/env python3
"""Plants what docs.py looks for, and sees exactly that named."""

import pathlib
import tempfile
import unittest

import docs


class DocsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("tests/unit/a_test.cc", "TEST(Stock, Rises) {\n}\nTEST_P(Death, NothingIsLost) {\n}\n")
        self.write("docs/promises.md", "[rules](../README.md#rules), `order.timeout`\n`Stock.Rises`, `Death.*`\n")
        self.write("README.md", "[web](https://example.com) [promises](docs/promises.md)\n")
        self.write("docs/decisions/README.md", "[1](0001-a.md) [7](0007-b.md)\n")
        self.write("docs/decisions/0001-a.md", "# 1. A\n")
        self.write("docs/decisions/0007-b.md", "# 7. B\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def found(self):
        return [*docs.broken_links(self.root), *docs.broken_paths(self.root), *docs.missing_tests(self.root),
                *docs.misfiled_decisions(self.root)]

    def test_nothing_is_found_where_nothing_is_wrong(self):
        self.assertEqual(self.found(), [])

    def test_a_link_to_nowhere(self):
        self.write("README.md", "fine\n[gone](docs/gone.md#part)\n")
        self.assertEqual(self.found(), ["README.md:2: no such file: docs/gone.md"])

    def test_a_test_that_is_no_more(self):
        self.write("docs/promises.md", "`Stock.Falls`\n`Gone.*`\n")
        self.assertEqual(self.found(), ["docs/promises.md:1: no such test: Stock.Falls",
                                        "docs/promises.md:2: no such test: Gone.*"])

    def test_a_path_to_nowhere_in_each_kind_of_comment(self):
        for path, text in {
                "platform/a.h": "int a;  // See platform/gone.h.\n",
                "platform/a.cc": "\n// docs/gone.md says why.\n",
                "platform/b.cc": "// a.cc and gone.cc.\n",
                "proto/a.proto": "// (platform/gone/)\n",
                "proto/a.sql": "SELECT 1;  -- migrations/*/…_gone.sql\n",
                "tests/a.sh": "#!/bin/sh\n# shellcheck source=tests/gone.sh\n",
                "tests/a.py": "# storage/gone.cc\n",
                "tests/b.py": '"""One.\n\nTwo: tests/gone\n"""\n',
                "tests/CMakeLists.txt": "# tests/NAME/gone.{h,cc}\n",
                "dev": "# tests/gone/NAME\n",
                "docs/a.md": "See `platform/gone`.\n",
        }.items():
            self.write(path, text)
        self.assertEqual(sorted(self.found()), [
            "dev:1: no such path: tests/gone/NAME",
            "docs/a.md:1: no such path: platform/gone",
            "platform/a.cc:2: no such path: docs/gone.md",
            "platform/a.h:1: no such path: platform/gone.h",
            "platform/b.cc:1: no such file: gone.cc",
            "proto/a.proto:1: no such path: platform/gone",
            "proto/a.sql:1: no such path: migrations/*/…_gone.sql",
            "tests/CMakeLists.txt:1: no such path: tests/NAME/gone.{h,cc}",
            "tests/a.py:1: no such path: storage/gone.cc",
            "tests/a.sh:2: no such path: tests/gone.sh",
            "tests/b.py:3: no such path: tests/gone",
        ])

    def test_what_is_there_may_be_named_in_many_ways(self):
        self.write("platform/log/log.h", "// platform/log/, platform/log/log, log/log.h, platform/*/log.{h,cc}\n")
        self.write("platform/log/log.cc", "// platform/log/NAME.h <build>/log/gone.h $HOME/gone.h WAYBILL_LOCAL/gone.h .local/gone.h\n"
                                          "// https://example.com/platform/gone.h /platform/gone.h and/or; text/plain\n")
        self.assertEqual(self.found(), [])

    def test_a_decision_outside_the_index(self):
        self.write("docs/decisions/0002-c.md", "# 2. C\n")
        self.assertEqual(self.found(), ["docs/decisions/0002-c.md:1: not in the index docs/decisions/README.md"])

    def test_a_decision_without_a_number_of_its_own(self):
        self.write("docs/decisions/README.md", "[1](0001-a.md) [7](0007-b.md) [7](0007-c.md) [8](8-d.md)\n")
        self.write("docs/decisions/0007-c.md", "# 7. C\n")
        self.write("docs/decisions/8-d.md", "# 8. D\n")
        self.assertEqual(self.found(), [
            "docs/decisions/0007-c.md:1: number 0007 is taken by 0007-b.md",
            "docs/decisions/8-d.md:1: a decision's name is NNNN-what-it-says.md"])

    def test_a_number_that_is_left_out(self):
        self.write("docs/decisions/README.md", "[1](0001-a.md) [7](0007-b.md) [42](0042-c.md) [44](0044-d.md)\n")
        self.write("docs/decisions/0042-c.md", "# 42. C\n")
        self.write("docs/decisions/0044-d.md", "# 44. D\n")
        self.assertEqual(self.found(), ["docs/decisions/0044-d.md:1: number 0043 is left out; "
                                        "the next free number is the highest plus one"])


if __name__ == "__main__":
    unittest.main()
