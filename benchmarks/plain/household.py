"""A household as a Mesa agent: `step` is its month, from the births to the stocks at the end."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import TYPE_CHECKING, Any

import mesa

from benchmarks.plain.abroad import live_away
from benchmarks.plain.decision import decide, leave_queue, still_able, value_of_leaving
from benchmarks.plain.draws import quantile, step, stream, two_uniforms, uniform
from sim import draws
from sim.codes import AGRICULTURE
from sim.rules.count import ASPIRE, DISPLACED_INTERNAL, PLAN
from sim.rules.reintegration import BY_POLICY
from sim.state import (
    CHILD_VICTIM,
    CRIME,
    GENDER_VIOLENCE,
    HIT,
    HOME_KIND,
    INCOME,
    NEVER,
    NO_PARTY,
    NO_PLAN,
    PLANNING,
    QUEUED,
    REMITTANCES,
    RETURNED_REMOVED,
    S_ASPIRING,
    S_AWAY_IRREGULAR,
    S_AWAY_REGULAR,
    S_DISPLACED,
    S_PLANNING,
    S_QUEUE,
    S_RECEIVING,
    S_RETURNED,
    Columns,
)  # fmt: skip

if TYPE_CHECKING:
    from benchmarks.plain.model import PlainModel

MONTHS = 12
KEPT = 2
"""Adults who stay in a household when others leave to found one."""
MAN, TEENAGER, ELDEST = 4, 2, 3
"""First column of men among the adults; column of children of 12-17; band of 65 and more."""


def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1 / (1 + exp(-x))


class Household(mesa.Agent):
    """A household; attributes as in section 2.2 of docs/odd.md, people, kin and members away as small lists."""

    __slots__ = (*Columns._fields, "country", "group", "income", "key", "sends", "stream")

    if TYPE_CHECKING:  # those that the month rewrites by what they were
        displaced: int
        plan: int
        shock: float
        savings: float
        debt: float

    def __init__(self, model: PlainModel, values: Mapping[str, Any]) -> None:
        super().__init__(model)
        for name, value in values.items():
            setattr(self, name, value)
        self.country = model.world.country[self.department]
        self.stream = stream(model.draw_seed, self.id)
        self.sends = uniform(self.id, draws.REMIT) < model.parameters.p_sends
        self.join_group()

    def join_group(self) -> None:
        """Note the group that outcomes are told by: country, quintile, sex of head, indigenous, rural."""
        group = (self.country * 5 + self.quintile - 1) * 2 + self.female_head
        self.group = (group * 2 + self.indigenous) * 2 + self.rural

    def step(self) -> None:
        """Live the model's current month."""
        month = self.model.month
        self.key = step(self.stream, month)
        self.went = self.went_people = self.barred = 0
        self.grow(month)
        ln_y = self.earn(month) if any(self.adults) or any(self.children) else self.log_income
        n_away, remittance = live_away(self, month, ln_y - self.log_income)
        self.income = 0.0
        if any(self.adults) or any(self.children):
            self.live_at_home(month, ln_y, n_away, remittance)
        else:
            self.aspiring = 0
            if self.plan == PLANNING:
                self.plan = NO_PLAN
        if self.plan == QUEUED and not still_able(self):
            leave_queue(self, month)
        self.take_stock(month, remittance)

    def grow(self, month: int) -> None:
        """Perhaps have a birth, a death, a birthday into the next band, or a young adult leave home: one at most."""
        adults, children, world, country = self.adults, self.children, self.model.world, self.country
        chance = uniform(self.key, draws.BIRTH)
        n_adults, n_children = sum(adults), sum(children)
        if chance >= world.most_turns[country][month] * (n_adults + n_children):
            return
        rate = world.birth[country][month] * (adults[0] + adults[1])
        if chance < rate:
            children[0] += 1
            return
        chance -= rate
        if self.first_month != month:
            spare = min(adults[0] + adults[1] + adults[MAN] + adults[MAN + 1], max(0, n_adults - KEPT))
            rate = world.leave_home[country][month] * spare
            if chance < rate:
                self.lose_to_new_home(chance / rate)
                return
            chance -= rate
        death, ageing = world.death[month][country], world.ageing[month][country]
        for band, people in enumerate((*children, *adults)):
            rate = people * death[band]
            if chance < rate:
                if band < len(children):
                    children[band] -= 1
                elif n_adults > 1 or n_children == 0:
                    adults[band - len(children)] -= 1
                return
            chance -= rate
            rate = people * ageing[band]
            if chance < rate:
                self.have_birthday(band, girl=2 * chance < rate)
                return
            chance -= rate

    def have_birthday(self, band: int, girl: bool) -> None:
        """Move one person of a band into the next; who turns 18 becomes a woman or a man."""
        adults, children = self.adults, self.children
        if band < TEENAGER:
            children[band] -= 1
            children[band + 1] += 1
        elif band == TEENAGER:
            children[band] -= 1
            adults[0 if girl else MAN] += 1
        else:
            adults[band - len(children)] -= 1
            adults[band - len(children) + 1] += 1

    def lose_to_new_home(self, place: float) -> None:
        """Let a young adult leave to found a household, of 30-44 with the share of those among founders."""
        adults, older = self.adults, self.model.world.older
        band = 1 if place < older else 0
        place = place / older if place < older else (place - older) / (1 - older)
        if adults[band] + adults[MAN + band] == 0:
            band = 1 - band
        women, men = adults[band], adults[MAN + band]
        if women + men > 0:
            adults[band if place * (women + men) < women else MAN + band] -= 1

    def earn(self, month: int) -> float:
        """Be hit or not, and return ln of this month's household income."""
        model, d = self.model, self.department
        world, p = model.world, model.parameters
        self.suffer(month)
        self.shock = p.phi * self.shock + p.sigma_e * quantile(uniform(self.key, draws.LIVELIHOOD))
        ln_y = self.log_income + world.ln_local[d][month] + model.feedback.ln_demand[d] + self.shock
        if self.livelihood == AGRICULTURE:
            ln_y -= p.delta_S * world.dryness[d][month] - p.delta_coffee * world.coffee[self.country][month]
        if self.disaster_month > NEVER:
            ln_y -= p.delta_E * exp(-(month - self.disaster_month) / p.disaster_months)
        if month - self.returned_month < MONTHS and self.returned_how == RETURNED_REMOVED:
            ln_y -= p.stigma * (1 - (model.levers.help_job[month] if self.helped == BY_POLICY else 0))
        return ln_y

    def suffer(self, month: int) -> None:
        """Be a victim of crime or gender-based violence, or a child be one; be hit; be displaced; settle again."""
        model, d, key = self.model, self.department, self.key
        world, p, harm = model.world, model.parameters, model.counts.harm[self.group]
        struck, crime = two_uniforms(key, draws.VICTIM)
        woman, child = two_uniforms(key, draws.VICTIM, 1)
        p_displaced = 0.0
        if crime < world.p_victim[d][month]:
            self.victim_month = month
            harm[CRIME] += self.weight
            p_displaced = p.p_displaced
        if woman < world.p_gbv[d][month] and sum(self.adults[:ELDEST]) > 0:
            self.victim_month = month
            harm[GENDER_VIOLENCE] += self.weight
        if child < world.p_child_victim[d][month] and self.children[TEENAGER] > 0:
            self.child_victim_month = month
            harm[CHILD_VICTIM] += self.weight
        if struck < world.disaster[d][month]:
            self.disaster_month = month
            harm[HIT] += self.weight
            p_displaced = max(p_displaced, p.p_displaced_disaster)
        if p_displaced > 0 and not self.displaced:
            if uniform(key, draws.DISPLACE) < p_displaced:
                self.displaced = 1
                people = sum(self.adults) + sum(self.children)
                model.counts.count(DISPLACED_INTERNAL, HOME_KIND, NO_PARTY, people, self)
        elif self.displaced and uniform(key, draws.DISASTER) < p.resettle:
            self.displaced = 0

    def live_at_home(self, month: int, ln_y: float, n_away: int, remittance: float) -> None:
        """Spend, wish, plan and decide."""
        model = self.model
        world, p = model.world, model.parameters
        workers = sum(self.adults) - self.adults[ELDEST] - self.adults[MAN + ELDEST]
        y = exp(ln_y) * (1 + workers) / (1 + workers + n_away)
        income = y + remittance
        self.savings = self.savings * (1 - p.spend_down) + p.saving_rate * income
        service = p.debt_service * income
        owed = self.debt + min(p.debt_rate * self.debt, service)
        self.debt = owed - min(owed, service)
        self.income = income
        relatives = self.kin[0] + n_away
        victim = month - self.victim_month < MONTHS
        u, redraw = two_uniforms(self.key, draws.ASPIRE)
        if redraw < p.kappa or month == 0:
            self.wish(u < self.p_aspire(month, victim, remittance, relatives, ln_y))
        if self.plan == NO_PLAN:
            if self.aspiring and workers > 0:
                self.look_into_leaving(month, y, relatives, victim)
        else:
            go, stop = two_uniforms(self.key, draws.DEPART)
            queued = self.plan == QUEUED
            closed = max(world.closure[self.country][month], world.mex_closure[month])
            chance = p.pi_2 * world.season[month] * (1 - p.closure_departure * closed)
            if self.helped:
                lasts = model.levers.help_months[month] if self.helped == BY_POLICY else p.reintegration_months
                if month - self.returned_month < lasts:
                    chance *= p.HR
            if go < chance * (1 - p.w if queued else 1):
                decide(self, month, y, relatives, victim)
            elif not queued and stop < p.pi_3:
                self.plan = NO_PLAN

    def p_aspire(self, month: int, victim: bool, remittance: float, relatives: int, ln_y: float) -> float:
        """Return the chance that the household wishes to leave."""
        world, p, d = self.model.world, self.model.parameters, self.department
        ln_v = world.ln_v[d][month]
        a = p.a[self.country] + p.b_v * ln_v - p.b_G * world.governance[self.country][month]
        a += p.b_N_aspire * log(1 + relatives) + p.b_y * (ln_y - self.log_income) + p.sigma_A * self.propensity
        a -= self.model.levers.hope[d][month]
        if victim:
            a += p.b_x
        if self.livelihood == AGRICULTURE:
            a += world.dryness[d][month] * (p.b_s + p.b_vs * ln_v)
        if remittance > 0:
            a += p.b_rem
        if self.head_age < 2:
            a += p.b_young
        return logistic(a)

    def wish(self, wishes: bool) -> None:
        """Begin or go on to wish to leave, or stop: then a plan is dropped."""
        if wishes and not self.aspiring:
            self.model.counts.count(ASPIRE, HOME_KIND, NO_PARTY, 1, self)
        self.aspiring = int(wishes)
        if not wishes and self.plan == PLANNING:
            self.plan = NO_PLAN

    def look_into_leaving(self, month: int, y: float, relatives: int, victim: bool) -> None:
        """Perhaps begin to plan."""
        p = self.model.parameters
        begin, look = two_uniforms(self.key, draws.PLAN)
        if look < p.pi_1 or month == 0:
            chance = logistic(p.q0 + p.q1 * value_of_leaving(self, month, y, relatives, victim))
            if month == 0:  # the stock of plans that such a chance keeps up
                chance = p.pi_1 * chance / (p.pi_1 * chance + p.pi_2 + p.pi_3)
            if begin < chance:
                self.plan = PLANNING
                self.plan_month = month
                self.model.counts.count(PLAN, HOME_KIND, NO_PARTY, 1, self)

    def take_stock(self, month: int, remittance: float) -> None:
        """Count where the household stands at the end of the month."""
        counts, d, weight, away = self.model.counts, self.department, self.weight, self.away
        abroad = counts.abroad[self.country]
        kin = [self.settled, 0, 0] if self.first_month > 0 else self.kin  # formed later: kin of the family it came from
        for k in range(3):
            abroad[k] += (kin[k] + away[3 * k] + away[3 * k + 1] + away[3 * k + 2]) * weight
        irregular = away[2] + away[5] + away[8]
        counts.stand(d, S_AWAY_REGULAR, sum(away) - irregular, weight)
        counts.stand(d, S_AWAY_IRREGULAR, irregular, weight)
        people = sum(self.adults) + sum(self.children)
        if people == 0:
            return
        alive = counts.alive[self.group]
        alive[0] += weight
        alive[1] += weight * people
        counts.pay(INCOME, self.income, self)
        counts.pay(REMITTANCES, remittance, self)
        if self.plan != NO_PLAN:
            counts.stand(d, S_PLANNING, 1, weight)
            if self.plan == QUEUED:
                counts.stand(d, S_QUEUE, self.queue_people, weight)
        if month - self.returned_month < MONTHS:
            counts.stand(d, S_RETURNED, 1, weight)
        if self.displaced:
            counts.stand(d, S_DISPLACED, people, weight)
        if self.aspiring:
            counts.stand(d, S_ASPIRING, 1, weight)
        if remittance > 0:
            counts.stand(d, S_RECEIVING, 1, weight)
        linked = counts.linked[d]
        linked[1] += weight
        if self.kin[0] + away[0] + away[1] + away[2] > 0:
            linked[0] += weight
