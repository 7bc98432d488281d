"""Staged planned behaviour: a wish under a norm, an intention of attitude and control, an act that follows it.

Equations in docs/theories.md. After Ajzen (1991, 2020): attitude is what a way is worth (expectancy times value),
the norm is how many households around have somebody away, control is means against cost and success believed in.
Attitudes that no variable tells are a trait of the household for life, not a taste of the month.
"""

from __future__ import annotations

from sim.compiling import compiled_inside
from sim.draws import INTEND
from sim.numerics import ONE, ZERO, compiled, log32
from sim.rules.choice import NOTHING_FEASIBLE
from sim.rules.taste import draw_able, draw_likings, draw_logits
from sim.rules.ways import OWN, SMUGGLER, TO_MEXICO, whole


@compiled
def wish_by_norm(b, R, n, here, city, F, P):
    """Add the subjective norm to the log-odds of the wish."""
    odds, in_city, norm_here, norm_city = R.wish, R.in_city, P.b_norm * F.seen[here], P.b_norm * F.seen[city]
    for j in range(n):
        odds[j] += norm_city if in_city[j] > 0 else norm_here


@compiled_inside
def controlled(attitude, K, ln_success, P):
    """Return attitude + b_control (ln K + ln success): attitude times control, in logarithms; K > 0."""
    return attitude + P.b_control * (log32(K) + ln_success)


@compiled
def feel_control(n, country, R, F, G, P):
    """Turn what the ways are worth to the lot into attitude and perceived control; the chance of a place is control."""
    n = whole(n)
    p_hat = R.lot_p_hat[:n]
    for j in range(len(G.is_regular)):
        V, K = R.utility[j, :n], R.feasible[j, :n]
        ln_success, twice = ZERO, ZERO
        if G.is_regular[j]:
            ln_success = twice = F.ln_chance[j, country]
        elif j == TO_MEXICO:
            ln_success = log32(ONE - P.p_mex_irregular)
        if j == SMUGGLER or j == OWN:
            edge = ZERO if j == OWN else P.smuggler_edge
            for r in range(n):
                felt = controlled(V[r], K[r], log32(min(p_hat[r] + edge, ONE)), P)
                V[r] = felt if (K[r] > ZERO) & (p_hat[r] + edge > ZERO) else NOTHING_FEASIBLE
        else:
            for r in range(n):
                felt = controlled(V[r] - twice, K[r], ln_success, P)
                V[r] = felt if K[r] > ZERO else NOTHING_FEASIBLE


@compiled
def value_intention(n, R, F, G, P):
    """Set `R.leaving` of the lot to the intention: the best way, attitude times control, and the norm."""
    n = whole(n)
    leaving, staying, kept, drawn = R.leaving[:n], R.staying[:n], R.lot_held[:n], R.lot_first[:n]
    for r in range(n):
        kept[r] = drawn[r]
    draw_likings(R.lot_id, n, R, G)
    for r in range(n):
        leaving[r] = NOTHING_FEASIBLE
    for j in range(len(G.is_regular)):
        V, K, taste = R.utility[j, :n], R.feasible[j, :n], R.tastes[j, :n]
        for r in range(n):
            intention = V[r] + taste[r] - staying[r] + P.b_norm * F.seen[R.lot_department[r]]
            leaving[r] = max(leaving[r], intention if K[r] > ZERO else NOTHING_FEASIBLE)
    for r in range(n):
        drawn[r] = kept[r]


@compiled
def draw_intention(n, R, F, G, P):
    """Draw who can pay, and add to staying what makes the act follow the intention: it is done with Lambda(I)."""
    draw_likings(R.lot_id, n, R, G)
    draw_able(n, R, G)
    draw_logits(INTEND, n, R)
    n = whole(n)
    staying, logit = R.staying[:n], R.lot_first[:n]
    for r in range(n):
        staying[r] += logit[r] - P.b_norm * F.seen[R.lot_department[r]]
