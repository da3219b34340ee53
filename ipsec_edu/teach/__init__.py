"""For lessons: predictions that come before the run, exercises that run an answer, tables of what happened.

Notebooks say ``from ipsec_edu import Lab, teach`` and use the names below.
"""

from __future__ import annotations

from ipsec_edu.teach.anatomy import anatomy, dissect, dump, sniff
from ipsec_edu.teach.answers import book
from ipsec_edu.teach.attacking import attacker, outcomes, sad, spd, unsigned_delete
from ipsec_edu.teach.browsing import browser
from ipsec_edu.teach.keying import ingredients, lights_out, secrets, wire_bytes
from ipsec_edu.teach.lesson00 import cut_run, mend_in_time
from ipsec_edu.teach.lesson01 import (
    arrivals,
    half_tunnel,
    largest_ping,
    late_packets,
    translated_byte,
    wider_window,
)
from ipsec_edu.teach.lesson02 import read_the_state, repair_pfs, three_pairs, where_is_the_hash
from ipsec_edu.teach.lesson03 import (
    HAMMERS,
    calls,
    deaf_listener,
    dpd_modes,
    half_cut,
    hammer,
    keepalive_for,
    mend_half_cut,
    wake_the_listener,
)
from ipsec_edu.teach.lesson04 import (
    cover_the_spare,
    designs,
    filtered,
    forms_seen,
    leaked,
    name_the_dropper,
    open_the_filter,
    uncovered,
    write_the_identity,
)
from ipsec_edu.teach.lesson05 import bfd_at_the_hub, flap, flap_run, impatience, impatient_run, patient_retry
from ipsec_edu.teach.lesson06 import choose_window, one_pair_again, silent_way_back, whose_piece
from ipsec_edu.teach.machines import machine, states
from ipsec_edu.teach.mysteries import mystery
from ipsec_edu.teach.noticing import gave_up_s, negotiation, noticed, pings
from ipsec_edu.teach.overhead import sawtooth
from ipsec_edu.teach.panel import join, preformatted, say, table
from ipsec_edu.teach.predict import predict_choice, predict_number
from ipsec_edu.teach.predict_path import predict_path
from ipsec_edu.teach.questions import ask
from ipsec_edu.teach.questions05 import stubborn
from ipsec_edu.teach.show import (
    console,
    ledger,
    marks,
    message_name,
    messages,
    name_of,
    outage,
    reversed_flow,
    side_by_side,
    with_flow,
)
from ipsec_edu.teach.sightings import FAULTS, OBSERVATIONS, differences, fault_run, faults_table, observe
from ipsec_edu.teach.timers import died, fine, other_daemon, parallel_links, tuned, with_bfd, without_dpd
from ipsec_edu.teach.tree import check_tree
from ipsec_edu.teach.wayback import long_way_home, outcomes_back, pieces, refused_by, way_of_answers

__all__ = [
    "FAULTS",
    "HAMMERS",
    "OBSERVATIONS",
    "anatomy",
    "arrivals",
    "ask",
    "attacker",
    "bfd_at_the_hub",
    "book",
    "browser",
    "calls",
    "check_tree",
    "choose_window",
    "console",
    "cover_the_spare",
    "cut_run",
    "deaf_listener",
    "designs",
    "died",
    "differences",
    "dissect",
    "dpd_modes",
    "dump",
    "fault_run",
    "faults_table",
    "filtered",
    "fine",
    "flap",
    "flap_run",
    "forms_seen",
    "gave_up_s",
    "half_cut",
    "half_tunnel",
    "hammer",
    "impatience",
    "impatient_run",
    "ingredients",
    "join",
    "keepalive_for",
    "largest_ping",
    "late_packets",
    "leaked",
    "ledger",
    "lights_out",
    "long_way_home",
    "machine",
    "marks",
    "mend_half_cut",
    "mend_in_time",
    "message_name",
    "messages",
    "mystery",
    "name_of",
    "name_the_dropper",
    "negotiation",
    "noticed",
    "observe",
    "one_pair_again",
    "open_the_filter",
    "other_daemon",
    "outage",
    "outcomes",
    "outcomes_back",
    "parallel_links",
    "patient_retry",
    "pieces",
    "pings",
    "predict_choice",
    "predict_number",
    "predict_path",
    "preformatted",
    "read_the_state",
    "refused_by",
    "repair_pfs",
    "reversed_flow",
    "sad",
    "sawtooth",
    "say",
    "secrets",
    "side_by_side",
    "silent_way_back",
    "sniff",
    "spd",
    "states",
    "stubborn",
    "table",
    "three_pairs",
    "translated_byte",
    "tuned",
    "uncovered",
    "unsigned_delete",
    "wake_the_listener",
    "way_of_answers",
    "where_is_the_hash",
    "whose_piece",
    "wider_window",
    "wire_bytes",
    "with_bfd",
    "with_flow",
    "without_dpd",
    "write_the_identity",
]
