#!/usr/bin/env python3
"""Feeds failures.py with what ctest prints."""

import unittest

import failures

HEAD = """\
Test project /build
      Start  1: unit.Stock.Rises
1/9 Test  #1: unit.Stock.Rises ................   Passed    0.01 sec
"""
FAILED = """\
      Start  2: faults.kafka_test
2/9 Test  #2: faults.kafka_test ...............***Failed   63.00 sec
[ RUN      ] Kafka.Starts
{"level":"warn","message":"Error 1"}
[       OK ] Kafka.Starts (3 ms)
[ RUN      ] Kafka.Stops
tests/kafka_test.cc:7: Failure
Expected equality of these values:
  Stops()
    Which is: Error
  true
[  FAILED  ] Kafka.Stops (60 ms)
"""
SHORT = """
faults.kafka_test Failed
    tests/kafka_test.cc:7: Failure
    Expected equality of these values:
      Stops()
        Which is: Error
      true
    [  FAILED  ] Kafka.Stops (60 ms)

"""
SUMMARY = "50% tests passed, 1 tests failed out of 2\n"


def shown(text):
    return "".join(failures.follow(text.splitlines(keepends=True)))


def result(how):
    return f"3/9 Test  #3: contract.migrations .............{how} 300.00 sec\napplying 160\n"


class FailuresTest(unittest.TestCase):
    def test_passes_everything_on_and_repeats_what_failed_before_the_summary(self):
        self.assertEqual(shown(HEAD + FAILED + SUMMARY), HEAD + FAILED + SHORT + SUMMARY)

    def test_says_nothing_of_its_own_when_all_pass(self):
        self.assertEqual(shown(HEAD + SUMMARY), HEAD + SUMMARY)

    def test_repeats_at_the_end_when_there_is_no_summary(self):
        self.assertEqual(shown(HEAD + FAILED), HEAD + FAILED + SHORT)

    def test_names_every_way_to_fail(self):
        for how, name in (("***Timeout", "Timeout"), ("***Exception: SegFault", "Exception: SegFault"),
                          ("Subprocess aborted***Exception:", "Subprocess aborted Exception:")):
            text = shown(HEAD + result(how) + SUMMARY)
            self.assertIn(f"\ncontract.migrations {name}\n    applying 160\n", text)

    def test_sums_up_the_tests_whose_fixture_failed(self):
        text = shown(HEAD + result("***Not Run") + SUMMARY)
        self.assertIn("\ndid not run, because what they need failed: contract.migrations (1 in all)", text)

    def test_leaves_out_what_did_not_fail(self):
        for how in ("***Skipped", "***Not Run (Disabled)"):
            self.assertEqual(shown(HEAD + result(how) + SUMMARY), HEAD + result(how) + SUMMARY)

    def test_leaves_out_what_passed_when_it_was_repeated(self):
        passed = "    Test  #2: faults.kafka_test ...............   Passed   60.00 sec\n"
        self.assertEqual(shown(HEAD + FAILED + passed + SUMMARY), HEAD + FAILED + passed + SUMMARY)

    def test_is_short_about_a_test_that_says_much(self):
        said = [f"tests/a.cc:{i}: Failure" for i in range(1000)]
        self.assertEqual(len(failures.excerpt(said)), failures.MOST_LINES)


if __name__ == "__main__":
    unittest.main()
