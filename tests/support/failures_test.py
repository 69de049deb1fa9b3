#!/usr/bin/env python3
"""Feeds failures.py with what ctest prints."""

import unittest

import failures

OUTPUT = """\
Test project /build
      Start  1: unit.Stock.Rises
1/4 Test  #1: unit.Stock.Rises ................   Passed    0.01 sec
      Start  2: faults.kafka_test
2/4 Test  #2: faults.kafka_test ...............***Failed   63.00 sec
[ RUN      ] Kafka.Starts
[       OK ] Kafka.Starts (3 ms)
[ RUN      ] Kafka.Stops
tests/kafka_test.cc:7: Failure
Value of: Stops()
  Actual: false
[  FAILED  ] Kafka.Stops (60 ms)
      Start  3: contract.migrations
3/4 Test  #3: contract.migrations .............***Timeout 300.00 sec
applying 160
      Start  4: faults.upgrade_test
4/4 Test  #4: faults.upgrade_test .............***Skipped   0.03 sec
no earlier build

50% tests passed, 2 tests failed out of 4
"""


class FailuresTest(unittest.TestCase):
    def test_passes_everything_on_and_repeats_what_failed_before_the_summary(self):
        lines = OUTPUT.splitlines(keepends=True)
        shown = "".join(failures.follow(lines))
        digest = (
            "\nfaults.kafka_test Failed\n"
            "    tests/kafka_test.cc:7: Failure\n    Value of: Stops()\n      Actual: false\n"
            "    [  FAILED  ] Kafka.Stops (60 ms)\n"
            "\ncontract.migrations Timeout\n    applying 160\n\n")
        self.assertEqual(shown, "".join(lines[:-1]) + digest + lines[-1])

    def test_says_nothing_of_its_own_when_all_pass(self):
        lines = [*OUTPUT.splitlines(keepends=True)[:3], "100% tests passed, 0 tests failed out of 1\n"]
        self.assertEqual("".join(failures.follow(lines)), "".join(lines))

    def test_is_short_about_a_test_that_says_much(self):
        said = [f"tests/a.cc:{i}: Failure" for i in range(1000)]
        self.assertEqual(len(failures.excerpt(said)), failures.MOST_LINES)


if __name__ == "__main__":
    unittest.main()
