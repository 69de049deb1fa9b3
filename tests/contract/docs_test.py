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

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def found(self):
        return [*docs.broken_links(self.root), *docs.missing_tests(self.root)]

    def test_nothing_is_found_where_nothing_is_wrong(self):
        self.assertEqual(self.found(), [])

    def test_a_link_to_nowhere(self):
        self.write("README.md", "fine\n[gone](docs/gone.md#part)\n")
        self.assertEqual(self.found(), ["README.md:2: no such file: docs/gone.md"])

    def test_a_test_that_is_no_more(self):
        self.write("docs/promises.md", "`Stock.Falls`\n`Gone.*`\n")
        self.assertEqual(self.found(), ["docs/promises.md:1: no such test: Stock.Falls",
                                        "docs/promises.md:2: no such test: Gone.*"])


if __name__ == "__main__":
    unittest.main()
