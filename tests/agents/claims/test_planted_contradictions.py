"""Contradictions planted between two pages are found, and pages that speak of two things contradict nothing."""

from __future__ import annotations

import pytest

from agents.claims import contradictions
from agents.sources.evidence import Evidence


def _between(one: str, two: str) -> int:
    pages = [
        Evidence(passage_id=n, page_url=f"https://a.example/{n}", page_title=title, text=text)
        for n, (title, text) in enumerate((("Visitors", one), ("Questions", two)))
    ]
    return len(contradictions(pages))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Visitors may park in the yard for up to three hours.", "Visitors may park in the yard for up to five hours."),
        ("Refunds are paid within 14 days of the return.", "Refunds are paid within 30 days of the return."),
        (
            "Backups are encrypted before they leave the machine.",
            "Backups are not encrypted before they leave the machine.",
        ),
        ("The museum opens at 9 a.m. on weekdays.", "The museum opens at 10 a.m. on weekdays."),
        ("Files may be at most 20 MB in size.", "Files may be at least 20 MB in size."),
        ("Switch off the pump before you open the valve.", "Switch off the pump after you open the valve."),
        ("The mill was built in 1872 by the Harrow family.", "The mill was built in 1892 by the Harrow family."),
        (
            "The team plan includes ten seats and priority support.",
            "The team plan includes five seats and priority support.",
        ),
        ("All meals are included in the price of the course.", "Meals are not included in the price of the course."),
        ("Die Jahreskarte kostet 85 Euro für Erwachsene.", "Die Jahreskarte kostet 95 Euro für Erwachsene."),
        ("Fahrräder dürfen im Hof abgestellt werden.", "Fahrräder dürfen im Hof nicht abgestellt werden."),
        ("La location d'un vélo coûte 15 euros par jour.", "La location d'un vélo coûte 18 euros par jour."),
        ("La oficina abre a las 9:00 de lunes a viernes.", "La oficina abre a las 8:30 de lunes a viernes."),
        ("大人の入館料は1,200円です。", "大人の入館料は1,500円です。"),
        ("館内での写真撮影は禁止されています。", "館内での写真撮影は許可されています。"),
        ("成人票价为每张80元。", "成人票价为每张100元。"),
        ("Orders over 50 euros are delivered free of charge.", "Orders over 80 euros are delivered free of charge."),
        ("A table can be held for up to 15 minutes.", "A table can be held for up to 30 minutes."),
        ("Children under six need no ticket.", "Children under four need no ticket."),
        ("The roof was replaced in 2011.", "The roof was replaced in 2017."),
        (
            "The guarantee covers parts and labour for two years.",
            "The guarantee covers parts and labour for three years.",
        ),
        ("Keys are collected at the front desk after 3 p.m.", "Keys are collected at the front desk after 4 p.m."),
        ("Wi-Fi is free in all rooms.", "Wi-Fi is not free in all rooms."),
        ("At least two managers must approve each invoice.", "At most two managers must approve each invoice."),
        (
            "Die Ware kann innerhalb von 14 Tagen zurückgegeben werden.",
            "Die Ware kann innerhalb von 30 Tagen zurückgegeben werden.",
        ),
        (
            "Die Heizung muss vor dem Befüllen ausgeschaltet werden.",
            "Die Heizung muss nach dem Befüllen ausgeschaltet werden.",
        ),
        ("Les chiens sont admis dans toutes les chambres.", "Les chiens ne sont pas admis dans toutes les chambres."),
        ("El curso cuesta 240 euros por persona.", "El curso cuesta 280 euros por persona."),
        ("受付は午前9時に開きます。", "受付は午前10時に開きます。"),
        ("停车场最多可停放40辆车。", "停车场最多可停放60辆车。"),
    ],
)
def test_two_statements_that_cannot_both_be_true_are_found(one: str, two: str) -> None:
    assert _between(one, two) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The small plan costs 10 euros a month.", "The large plan costs 20 euros a month."),
        ("In summer the café is open until 10 p.m.", "In winter the café is open until 6 p.m."),
        ("Adults pay 12 euros for a day.", "Children pay 6 euros for a day."),
        ("The log keeps 30 days of events.", "The backup keeps 90 days of files."),
        ("Boats of up to 8 metres pay 20 euros.", "Boats of up to 12 metres pay 32 euros."),
        ("You may import up to 500 rows at once.", "An import of 500 rows takes about a minute."),
        ("Hunde dürfen in den Garten.", "Katzen dürfen nicht in den Garten."),
        ("大人の入館料は1,200円です。", "子供の入館料は600円です。"),
        ("In 2023 the harbour counted 410 boats.", "In 2024 the harbour counted 455 boats."),
        ("The blue room sleeps two people.", "The attic room sleeps four people."),
        ("With the basic plan you can invite 3 people.", "With the pro plan you can invite 10 people."),
        ("On Monday the shop opens at 8 a.m.", "On Sunday the shop opens at 10 a.m."),
        ("The API allows 60 requests a minute.", "The export allows 5 requests a minute."),
        ("Erwachsene zahlen 12 Euro Eintritt.", "Kinder zahlen 6 Euro Eintritt."),
        ("The lift carries up to 8 people.", "The lift carries up to 630 kg."),
        ("Cats may stay for 5 euros a night.", "Dogs may stay for 10 euros a night."),
        ("The north gate closes at 6 p.m.", "The south gate closes at 8 p.m."),
    ],
)
def test_statements_about_two_things_contradict_nothing(one: str, two: str) -> None:
    assert _between(one, two) == 0
