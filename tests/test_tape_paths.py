"""Where a tape loses a source: what stops its gradient on all ways, and what on some only."""

from __future__ import annotations

from autofix.probe.tape_paths import ALL, Node, Tape, parts_cut, stops_of, viewed

TAPE = Tape(1, 0, False, True, opened=0)


def made(*parents, own=0, op="", live=False, clock=1, tapes=2):
    node = Node(1, own, 0, parents, own, tapes, clock, live)
    node.op = op
    return node


def source():
    return Node(1, 0, 0, tapes=ALL, source=0)


def stops(target, seen=True):
    found = stops_of([target], 0, TAPE, ALL, seen, False)
    return found.whole, found.beside


def test_a_cut_of_one_way_is_beside_a_cut_of_all():
    x = source()
    scale = made(x, own=1)
    assert stops(made(made(x, scale), own=2)) == ({2}, {1})


def test_cuts_of_parallel_ways_are_needed_together():
    x = source()
    assert stops(made(made(x, own=1), made(x, own=2))) == (set(), set())


def test_what_would_free_the_gradient_alone():
    x = source()
    behind_two = made(made(x, own=1), own=2)
    assert stops_of([made(behind_two, made(x, own=4))], 0, TAPE, ALL, True, False).enough == {4}


def test_what_stops_all_without_the_other_is_not_beside():
    x = source()
    both = made(made(x, own=1), made(x, own=2))
    assert stops(made(both, own=4)) == ({4}, set())


def test_a_tape_that_does_not_see_the_source_stops_all_ways():
    x = source()
    target = made(x, made(x, own=1))
    assert stops(target) == (set(), set())
    assert stops(target, seen=False) == (set(), {1})


def test_work_before_the_tape_counts_like_a_cut():
    x = source()
    early = made(x, clock=0, tapes=0)
    assert stops(made(early, made(early, own=1))) == ({"before"}, {1})


def test_a_lost_summand_is_told_from_a_lost_factor():
    x, other = source(), made(live=True)
    factor, summand = made(x, own=1), made(x, own=2)
    product = made(other, factor, op="Mul", live=True)
    assert {node.own: added for node, added in parts_cut([made(product, summand, op="AddV2", live=True)], 0)} == {1: False, 2: True}


def test_a_view_leads_back_to_what_it_is_a_view_of():
    x = source()
    row = made(made(x, op="ReadVariableOp"), op="StridedSlice")
    assert list(viewed(row))[-1] is x
    assert x not in list(viewed(made(row, op="Exp")))
