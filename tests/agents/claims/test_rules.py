"""Judge 1: what the rules refuse, and what they let pass, which blesses nothing."""

import pytest

from agents.claims import refusal_by_rules

TIDES = (
    "The tide gate is closed two hours before high water. A visiting boat must stay for at least 3 nights in a row. All"
    " boats carry a mast light during the night. The server closes an idle connection after 30 minutes. The council"
    " sued the Brightwater Company over the broken tide gate. The repair has stalled since May 2024."
)
GERMAN = "Der Hafenmeister öffnet das Tor in der Nacht nicht für kleine Boote. Die Brücke trägt 12.500 Autos am Tag."


@pytest.mark.parametrize(
    ("claim", "evidence", "rule"),
    [
        ("The tide gate is closed two hours after high water.", TIDES, "order"),
        ("A visiting boat must stay for at most 3 nights in a row.", TIDES, "limit"),
        ("A visiting boat may stay for at least 3 nights in a row.", TIDES, "obligation"),
        ("Some boats carry a mast light during the night.", TIDES, "quantity word"),
        ("The server closes an idle connection after 30 seconds.", TIDES, "amount"),
        ("The Brightwater Company sued the council over the broken tide gate.", TIDES, "who and whom"),
        ("The repair has succeeded since May 2024.", TIDES, "opposite"),
        ("The repair has stalled since March 2024.", TIDES, "opposite"),
        ("The repair has stalled since May 2014.", TIDES, "amount"),
        ("The tide gate was built by Gustave Eiffel.", TIDES, "name"),
        ("Der Hafenmeister öffnet das Tor in der Nacht für kleine Boote.", GERMAN, "negation"),
        ("Die Brücke trägt 125.000 Autos am Tag.", GERMAN, "amount"),
        ("It must exit with 0 if the code is bad.", "The script must exit with 0 if the code is good.", "opposite"),
        ("The lamp is switched on when it is open.", "The lamp is switched off when it is open.", "opposite"),
        ("It keeps fish at 20 °C.", "The cold store keeps fish at −20 °C.", "amount"),
        ("The firm earned 5 coins last year.", "The firm earned 5 million coins last year.", "amount"),
        ("The pump starts when the water is cold.", "The pump fails to start when the water is cold.", "negation"),
        (
            "The tide gate is opened by hand by the keeper.",
            "The tide gate was formerly opened by hand by the keeper.",
            "time",
        ),
        (
            "Loans are renewed if another member has reserved the item.",
            "Loans are renewed unless another member has reserved the item.",
            "condition",
        ),
        ("Books cost one euro, DVDs are free.", "DVDs cost one euro, books are free.", "swapped"),
        ("L'écluse ferme deux heures après la pleine mer.", "L'écluse ferme deux heures avant la pleine mer.", "order"),
        ("El pleno aprobó el presupuesto.", "El pleno rechazó el presupuesto por 13 votos.", "opposite"),
        ("After that, all of the fee is kept.", "After that, half of the fee is kept.", "quantity word"),
        ("The mast is checked by anyone.", "The mast is checked every spring, and only by a rigger.", "quantity word"),
        ("Changes take effect after a restart.", "Changes take effect without a restart.", "swapped"),
        ("Warm water sinks below cold air.", "Cold water sinks below warm air.", "swapped"),
        (
            "The hull must be at most as long as the berth.",
            "The hull must be at least as long as the berth.",
            "swapped",
        ),
        (
            "Most nights are useless because the winch trembles.",
            "Most nights are useless because the lens trembles. A winch lifts the boat.",
            "swapped",
        ),
        (
            "Guests may climb the mast whenever they want.",
            "Guests may not climb the mast unless the skipper asks them to.",
            "obligation",
        ),
        ("閘門は満潮の二時間後に閉まります。", "閘門は満潮の二時間前に閉まります。", "opposite"),
        ("西野製作所は北川工業を買収しました。", "北川工業は西野製作所を買収しました。", "who and whom"),
    ],
)
def test_an_altered_claim_is_refused_by_the_rule_for_it(claim: str, evidence: str, rule: str):
    refusal = refusal_by_rules(claim, [evidence])
    assert refusal is not None
    assert refusal.rule == rule
    assert refusal.reason.endswith(".")


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Boats that visit have to remain for three nights or more.", TIDES),
        ("Half an hour of silence, and the server hangs up.", TIDES),
        ("It was the council that took Brightwater to court over the gate.", TIDES),
        ("The Brightwater Company was sued by the council.", TIDES),
        ("Since May 2024 the repair has not moved.", TIDES),
        ("Nachts bleibt das Tor für kleine Boote geschlossen.", GERMAN),
        ("Am Tag fahren 12 500 Autos über die Brücke.", GERMAN),
        ("The firm earned 1,500,000 coins.", "The firm earned 1.5 million coins last year."),
        ("It sells for 12.5 thousand euros.", "The price is €12,500."),
        ("The keeper doesn't open the gate at night.", "The keeper doesn’t open the gate at night in winter."),
        ("Nobody under 12 may take it.", "Children under 12 years must not take this medicine."),
        ("A password of fewer than 12 characters is not accepted.", "Passwords must have at least 12 characters."),
        ("It came down by a third.", "The figure fell by 33 percent."),
        ("The talk is at 2:30 pm.", "The talk begins at 14:30."),
        ("The press ran for 43 years.", "The press opened in 1868 and closed in 1911."),
        (
            "L'ancien traitement avait plus souvent des effets.",
            "Les effets étaient moins fréquents avec le nouveau traitement.",
        ),
        ("Au moins 4 Go sont nécessaires.", "Il faut au moins 4 Go de mémoire."),
        ("Few skippers ever leave the quay.", "Most skippers never leave the quay."),
        ("Calls without a token are not allowed.", "Each call must carry a token."),
        ("It makes one turn in 24 hours.", "A motor turns it once in 24 hours."),
        ("A rigger, and nobody else, checks it once in ten years.", "It is checked every 10 years, only by a rigger."),
        ("Open the lock? Not until the basin has filled.", "Fill the basin before you open the lock. Never run."),
        ("There are 374 seats elsewhere.", "There are 412 seats, 38 of them in boxes."),
        ("You cannot borrow six books or more.", "You may borrow up to five books."),
        ("From the age of six you pay.", "It is free for children under six."),
        ("Nothing is lost when the pump is given a battery.", "Everything is lost when the pump stops."),
        ("Redis keeps its keys in memory.", "Redis is a database. The database keeps its keys in memory."),
        ("Wolves hunt at night in small packs.", "Wolves are shy. The animals hunt at night in small packs."),
        ("No se permiten más de cinco libros.", "Se prestan hasta cinco libros, y no pueden renovarse."),
        ("予約があれば部屋を使えます。", "部屋は予約なしでは使えません。"),
        ("Los perros guía sí pueden viajar.", "No se admiten animales, salvo perros guía."),
        ("一泊の料金は千二百円です。", "料金は一泊1,200円です。"),
    ],
)
def test_a_faithful_claim_in_other_words_passes(claim: str, evidence: str):
    assert refusal_by_rules(claim, [evidence]) is None


def test_a_claim_in_another_language_is_held_against_numbers_and_names_alone():
    assert refusal_by_rules("Das Tor schließt nachts nicht.", [TIDES]) is None
    assert refusal_by_rules("Die Leitung wird nach 45 Minuten getrennt.", [TIDES]) is not None


def test_sentences_in_a_language_that_the_lists_do_not_know_are_compared_and_break_nothing():
    assert refusal_by_rules("Zamek otwarty rano", ["Zamek otwarty wieczorem"]) is None
