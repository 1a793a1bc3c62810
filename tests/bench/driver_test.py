#!/usr/bin/env python3
"""Tests of the arithmetic of the benchmarks' drivers, on fixed numbers and programs that only pretend."""

import unittest

import figures
import instructions
import programs
import run


class Figures(unittest.TestCase):
    def test_a_spread_is_median_smallest_and_largest(self):
        self.assertEqual(figures.spread([4.0, 1.0, 2.0]), figures.Spread(2.0, 1.0, 4.0))
        self.assertEqual(figures.spread([4.0, 1.0]), figures.Spread(2.5, 1.0, 4.0))

    def test_numbers_have_three_digits(self):
        self.assertEqual([figures.number(x) for x in (0.128, 9.876, 12.34, 184.4, 188200.0)],
                         ["0.13", "9.88", "12.3", "184", "188,200"])

    def test_ratios_are_taken_within_a_round(self):
        # The machine slowed down by half in the second round: the ratio does not show it.
        self.assertEqual(figures.ratios([20.0, 40.0, 30.0], [10.0, 20.0, 10.0]),
                         figures.Spread(2.0, 2.0, 3.0))

    def test_rounds_that_failed_do_not_count(self):
        self.assertEqual(figures.ratios([None, 40.0], [10.0, 20.0]), figures.Spread(2.0, 2.0, 2.0))
        self.assertIsNone(figures.ratios([None, None], [10.0, 20.0]))
        with self.assertRaises(ValueError):
            figures.ratios([1.0], [1.0, 2.0])

    def test_losses_agree_within_the_tolerance(self):
        self.assertTrue(figures.same_loss(1.0009, 1.0, 1e-3))
        self.assertFalse(figures.same_loss(0.9989, 1.0, 1e-3))
        self.assertFalse(figures.same_loss(float("nan"), 1.0, 1e-3))
        self.assertFalse(figures.same_loss(float("nan"), float("nan"), 1e-3))
        self.assertFalse(figures.same_loss(1.0, float("inf"), 1e-3))

    def test_the_table_of_times(self):
        results = {"W1": {"ebb": [10.0, 20.0], "numpy": [30.0, 50.0]},
                   "W5": {"ebb": [0.5, 0.25], "fann": [1.0, 1.0]}}
        self.assertEqual(figures.times_table(results, "ebb"), [
            "| net / mini-batch | ebb, us | numpy / ebb | fann / ebb |",
            "|---|---|---|---|",
            "| W1 | 15.0 (10.0-20.0) | 2.75 (2.50-3.00) | - |",
            "| W5 | 0.38 (0.25-0.50) | - | 3.00 (2.00-4.00) |",
        ])

    def test_figures_are_put_between_their_markers(self):
        self.assertEqual(figures.put_between("a\n<b>\nold\n<e>\nz\n", "<b>", "<e>", ["new", "er"]),
                         "a\n<b>\nnew\ner\n<e>\nz\n")
        for text in ("<b>", "<e><b>", "<b><b><e>"):
            with self.assertRaises(ValueError):
                figures.put_between(text, "<b>", "<e>", [])


class Pretender:
    """A program whose loss after the checked steps is `loss` times the rate of learning."""

    def __init__(self, name, loss, checked=True, too_slow=(), least_threads=1, most_threads=1000):
        self.name, self.loss, self.checked = name, loss, checked
        self.too_slow = too_slow
        self.least_threads, self.most_threads = least_threads, most_threads

    def run(self, _workload, _threads, *more):
        if self.loss is None:
            raise programs.Failed(f"{self.name} ended with 1")
        return {"loss_last": self.loss * more[more.index("--eta") + 1]}


class Check(unittest.TestCase):
    WORKLOAD = programs.Workload("W9", "3-2-1", 4, 7)

    def test_peers_that_compute_something_else_are_left_out(self):
        by_hand = Pretender("by hand", 99, checked=False)
        peers = [Pretender("same", 5.0004), Pretender("other", 5.01), Pretender("broken", None), by_hand]
        same, words = run.check(Pretender("ebb", 5.0), peers, self.WORKLOAD, 1, "start")
        self.assertEqual([peer.name for peer in same], ["same", "by hand"])
        self.assertEqual(words, [
            "W9: 3-2-1 / 4: other computes another step: its loss after 7 steps is 0.501, ours 0.5",
            "W9: 3-2-1 / 4: broken ended with 1",
        ])

    def test_peers_that_are_too_slow_or_have_too_few_threads_are_skipped(self):
        peers = [Pretender("slow", 5.0, too_slow=("W9",)), Pretender("single", 5.0, most_threads=1),
                 Pretender("several", 5.0, least_threads=2)]
        names = lambda threads: [
            peer.name for peer in run.check(Pretender("ebb", 5.0), peers, self.WORKLOAD, threads, "start")[0]]
        self.assertEqual(names(1), ["single"])
        self.assertEqual(names(2), ["several"])

    def test_a_check_that_would_not_see_another_rate_fails(self):
        class Blind(Pretender):
            def run(self, *_):
                return {"loss_last": 0.5}

        with self.assertRaises(programs.Failed):
            run.check(Blind("ebb", 0), [], self.WORKLOAD, 1, "start")


class Instructions(unittest.TestCase):
    def test_more_than_three_percent_either_way_is_off(self):
        lines, off = instructions.compare({"a": 103, "b": 104, "c": 96, "d": 97, "new": 5},
                                          {"a": 100, "b": 100, "c": 100, "d": 100, "gone": 7})
        self.assertEqual(off, ["b", "c", "gone", "new"])
        self.assertEqual(lines[2], "b                               100            104   +4.00 %")
        self.assertEqual(lines[5], "gone                              7           none          ")

    def test_a_profile_counts_each_library_and_function_itself(self):
        profile = instructions.Profile("\n".join([
            "events: Ir", "ob=(1) /lib/ebb", "fl=(1) step.cpp", "fn=(1) run", "10 5", "+2 7",
            "cob=(2) /lib/libblas.so", "cfi=(2) gemm.c", "cfn=(2) gemm", "calls=1 0", "12 1000",
            "* 1", "", "ob=(2)", "fl=(2)", "fn=(2)", "0 1000", "", "totals: 1013"]))
        self.assertEqual(profile.total, 1013)
        self.assertEqual(profile.functions, {"run": 13, "gemm": 1000})
        self.assertEqual(profile.libraries, {"ebb": 13, "libblas.so": 1000})


if __name__ == "__main__":
    unittest.main()
