"""What stands in the pictured installation: a site that was read, a post from it, and the scripts of its runs."""

from __future__ import annotations

from typing import Any

from tests.browser.gallery.recorded import Done, Recorded

HOST = "https://docs.solaria.example"
MODEL = "gpt-mini"

PAGES = [
    ("Solaria", "/", 412, "Solaria sells home batteries and the panels that fill them, with ten years of care."),
    ("Winter mode", "/guide/winter-mode", 1180, "Below five degrees the cells charge at half their rated current."),
    ("Tariffs and schedules", "/guide/tariffs", 1544, "The night tariff is cheapest between two and five."),
    ("Backup power", "/guide/backup", 967, "A reserve of twenty percent carries the heating through three hours."),
    ("Warranty", "/legal/warranty", 802, "A loss of more than two percent in a year is a case for the warranty."),
    ("Prices", "/prices", 356, "A battery of ten kilowatt hours costs 5,900 euros with installation."),
    ("Find an installer", "/installers", 288, "Sixty installers in nine regions."),
    ("How panels age", "/guide/ageing", 1312, "Panels lose half a percent of their power in a year."),
]
NOT_READ = [
    ("Customer portal", "/portal", "login_wall", "asks for a sign-in"),
    ("Press kit", "/press", "failed", "the server answered 500 three times"),
    ("Configurator", "/configure", "js_shell", "empty without JavaScript"),
]
FACTS = {
    "price": ("A battery of ten kilowatt hours costs 5,900 euros with installation.", "/prices"),
    "number": ("Below five degrees the cells charge at half their rated current.", "/guide/winter-mode"),
    "other": ("A reserve of twenty percent carries the heating through three hours.", "/guide/backup"),
}

TITLE = "What a home battery does in winter"
BODY = """\
A battery on the wall earns its keep in June.[1] In December it has to be run in another way, and most of that is a \
setting, not a purchase.[1]

## Keep a reserve

Below five degrees the cells charge at half their rated current.[1] A reserve of twenty percent carries the heating \
through a power cut of three hours.[2] Set it once in October, and forget it until April.[2]

## Charge at night, not at noon

From November on, the panels fill the battery on one day in four.[3] The night tariff is cheapest between two and \
five.[3] Charged then, a battery of ten kilowatt hours saves about 38 euros a month.[3]

| Month | From the panels | From the grid at night |
| --- | --- | --- |
| October | 61 % | 39 % |
| December | 24 % | 76 % |

## Look at its health once a month

The app shows what share of its capacity is left.[4] A loss of more than two percent in a year is a case for the \
warranty.[4] Most batteries last longer than their owners expect."""
EVIDENCE = [
    (
        1,
        "/guide/winter-mode",
        "Winter mode",
        "A battery on the wall earns its keep in June. In December it has to be run in another way, and most of that "
        "is a setting, not a purchase. Below five degrees the cells charge at half their rated current.",
    ),
    (
        2,
        "/guide/backup",
        "Backup power",
        "A reserve of twenty percent carries the heating through a power cut of three hours. Set it once in October.",
    ),
    (
        3,
        "/guide/tariffs",
        "Tariffs and schedules",
        "From November on, the panels fill the battery on one day in four. The night tariff is cheapest between two "
        "and five. Charged then, a battery of ten kilowatt hours saves about 38 euros a month.",
    ),
    (
        4,
        "/legal/warranty",
        "Warranty",
        "The app shows what share of its capacity is left. A loss of more than two percent in a year is a case for the "
        "warranty.",
    ),
]
HEADINGS = ["Keep a reserve", "Charge at night, not at noon", "Look at its health once a month"]
LIMITED = "openai answered 429: rate limit reached for requests. It asks for 6 seconds."


def sections() -> list[str]:
    """Return the post's sections as they were written, without their headings."""
    return [part.split("\n\n", 1)[1] for part in BODY.split("## ")[1:]]


def evidence() -> list[dict[str, Any]]:
    """Return the passages that the post cites, as they are kept with it."""
    return [
        {"n": n, "passage_id": n, "page_url": HOST + path, "page_title": title, "heading": "", "text": text}
        for n, path, title, text in EVIDENCE
    ]


def _chat(inside: str, begin: float, end: float, tokens: tuple[int, int], asked: str, said: str, **more: Any) -> Done:
    """A request to a model, and its answer."""
    instructions = "You write for people who own a house. State only what the numbered sources say, and cite each."
    return Done(
        "chat",
        begin,
        end,
        title=MODEL,
        inside=inside,
        key=f"{inside}.chat",
        input={
            "model": MODEL,
            "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": asked}],
        },
        output={
            "choices": [{"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]},
        },
        model=MODEL,
        tokens=tokens,
        cost=tokens[0] * 4 // 10 + tokens[1] * 16 // 10,
        **more,
    )


def post_steps() -> list[Done]:
    """The steps of a post that was written: research, an outline, three sections side by side, an edit."""
    sources = "\n".join(f"[{n}] {text}" for n, _, _, text in EVIDENCE)
    steps = [
        Done("look_over", 0.5, 1.1, "Look over what was read", output={"pages": 8, "sites": ["Solaria"]}),
        Done("research", 1.2, 20.9, "Research", input={"topic": TITLE}, output={"passages": 14, "pages": 5}),
        Done("search_facts", 5.1, 6.0, "Look through the facts", "research"),
        Done("search_pages", 5.1, 7.4, "Search the pages", "research"),
        Done("read_around", 7.5, 9.0, "Read around what was found", "research"),
        _chat("research", 9.1, 20.7, (5210, 640), f"What do these sources say?\n\n{sources}", "14 notes"),
        Done("outline", 21.0, 36.0, "Outline", output={"title": TITLE, "sections": HEADINGS}),
        _chat("outline", 21.2, 35.8, (3120, 402), f"Outline a post: {TITLE}", "\n".join(HEADINGS)),
        Done("assign", 36.1, 37.5, "Give each section its sources"),
    ]
    times = [(37.6, 78.2, 70.1), (37.6, 96.4, 84.0), (37.6, 84.9, 77.2)]
    for n, (heading, said, (begin, end, written)) in enumerate(zip(HEADINGS, sections(), times, strict=True), 1):
        key = f"section-{n}"
        more: dict[str, Any] = {"tries": ((44.2, 50.2, LIMITED),)} if n == 2 else {}
        steps += [
            Done("write_section", begin, end, heading, key=key, input={"heading": heading, "n": n}, output=said),
            _chat(
                key,
                begin + 0.2,
                written,
                (4400 + 310 * n, 520 + 40 * n),
                f"Write: {heading}\n\n{sources}",
                said,
                **more,
            ),
            Done(
                "judge_claims",
                written + 0.3,
                end - 0.2,
                f"Check {n + 2} claims",
                key,
                key=f"{key}.judge",
                cached_from="earlier" if n == 3 else "",
            ),
        ]
    return [
        *steps,
        Done("edit", 96.6, 117.8, "Edit"),
        _chat("edit", 96.8, 117.6, (6020, 880), "Read the post once more.", "It reads well."),
        Done("write_lead", 118.0, 128.7, "Write the opening"),
        _chat("write_lead", 118.2, 128.4, (2100, 160), "Open the post.", BODY.split("\n\n", 1)[0]),
        Done("finish", 128.9, 130.6, "Put the post together", output={"words": 168, "sources": 4}),
    ]


def post_said() -> list[tuple[float, str, dict[str, Any]]]:
    """What the run of a post says while it is written."""
    said: list[tuple[float, str, dict[str, Any]]] = [(36.0, "status", {"text": "Outlining the post"})]
    for n, path, title, text in EVIDENCE:
        data = {"n": n, "url": HOST + path, "title": title, "passage_id": n, "quote": text[:80], "date": ""}
        said.append((20.8, "event", {"name": "source", "key": HOST + path, "data": data}))
    for n, (heading, text) in enumerate(zip(HEADINGS, sections(), strict=True), 1):
        data = {"n": n, "heading": heading, "state": "done", "words": 40, "model": MODEL, "dropped": 0}
        said.append((96.4, "event", {"name": "section", "key": str(n), "data": data}))
        said.append((96.4, "text.final", {"block": f"section-{n}", "title": heading, "txt": text}))
    said.append((130.0, "text.final", {"block": "article", "title": TITLE, "txt": BODY}))
    return [*said, (130.6, "status", {"text": "The post is ready"})]


def post(title: str = TITLE) -> Recorded:
    """A post that was written."""
    words = {"title": title, "sections": 3, "sources": 4}
    return Recorded("write-post", title, post_steps(), 131.2, said=post_said(), input={"topic": title}, output=words)


FAULT = {
    "kind": "ProviderError",
    "message": "openai answered 500 three times in a row, and was not asked again. What was written before is kept.",
    "permanent": False,
    "retry_after": None,
    "detail": {"provider": "openai", "status": 500},
    "step_name": "write_section",
}
TRACEBACK = """\
Traceback (most recent call last):
  File "agents/steps/section.py", line 41, in write_section
    answer = await model.write(draft, prompt)
  File "genisys/openai/text_call.py", line 88, in answer
    raise self._in_words(error) from error
genisys.errors.ProviderError: openai answered 500 three times in a row, and was not asked again.
"""


def failed_post() -> Recorded:
    """A post whose second section failed at its third try."""
    kept = [step for step in post_steps() if step.end <= 78.3 and step.place != "section-1.judge"]
    wrong = "openai answered 500: the server had an error."
    more = {"tries": ((48.0, 50.0, wrong), (58.3, 62.3, wrong)), "error": FAULT, "traceback": TRACEBACK}
    kept += [
        Done("write_section", 37.6, 71.0, HEADINGS[1], key="section-2", error=FAULT, traceback=TRACEBACK),
        Done("chat", 37.8, 70.8, MODEL, "section-2", key="section-2.chat", input={"model": MODEL}, **more),
        Done("write_section", 37.6, 71.0, HEADINGS[2], key="section-3", cut_off=True),
    ]
    kept = [step for step in kept if step.end <= 71.0 or step.place == "section-2"]
    said = [item for item in post_said() if item[0] < 40]
    title = "When a battery pays for itself"
    return Recorded("write-post", title, kept, 71.2, "failed", said, input={"topic": title}, error=FAULT)


def stopped_post() -> Recorded:
    """A post that its owner stopped while it was written: what had been written is kept."""
    said = [item for item in post_said() if item[0] < 40]
    data = {"n": 1, "heading": HEADINGS[0], "state": "writing", "words": 0, "model": MODEL, "dropped": 0}
    said += [
        (40.0, "event", {"name": "section", "key": "1", "data": data}),
        (41.0, "text.reset", {"block": "section-1", "title": HEADINGS[0]}),
        (50.0, "text.delta", {"block": "section-1", "off": 0, "txt": sections()[0]}),
        (55.0, "run.cancelling", {"by": "owner@example.com"}),
    ]
    steps = [step for step in post_steps() if step.end < 40]
    steps.append(Done("write_section", 37.6, 55.9, HEADINGS[0], key="section-1", cut_off=True))
    title = "Panels in the snow"
    return Recorded("write-post", title, steps, 56.0, "cancelled", said, input={"topic": title})


def reading() -> Recorded:
    """A reading of the site, from robots.txt to its profile."""
    steps = [Done("read_robots", 0.5, 0.9, "Read robots.txt"), Done("read_home", 1.0, 1.8, "Read the home page")]
    steps += [Done("read_sitemaps", 1.9, 2.6, "Read the sitemap"), Done("choose_pages", 2.7, 3.1, "Choose pages")]
    said: list[tuple[float, str, dict[str, Any]]] = []
    for number in range(38):
        title, path, words, _ = PAGES[number % len(PAGES)]
        path = path if number < len(PAGES) else f"{path}/{number}"
        begin = 3.2 + number * 1.02
        key = f"page-{number}"
        error = {**FAULT, "message": "The server answered 500 three times."} if number == 17 else None
        steps.append(Done("read_page", begin, begin + 0.9, path, key=key, error=error))
        row = {"url": HOST + path, "title": title, "stage": "failed" if error else "read", "words": words, "note": ""}
        said.append((begin + 0.9, "event", {"name": "page", "key": row["url"], "data": row}))
    steps.append(Done("write_profile", 42.2, 47.9, "Put together what is known"))
    return Recorded("ingest-site", "Solaria", steps, 48.3, said=said, input={"url": HOST}, output={"pages": 37})


def big(pages: int = 1200) -> Recorded:
    """A run of very many steps, a few of which failed."""
    broken = {"kind": "FetchFailed", "message": "The page took longer than 30 seconds.", "permanent": False}
    broken |= {"retry_after": None, "detail": {}}
    steps = [
        Done(
            "read_page",
            1 + number * 0.1,
            1.8 + number * 0.1,
            f"Page {number + 1}",
            key=f"p{number}",
            error=broken if number % 150 == 60 else None,
        )
        for number in range(pages)
    ]
    steps += [
        Done("describe_page", 2 + number * 0.1, 2.9 + number * 0.1, f"Page {number + 1}", key=f"u{number}")
        for number in range(0, pages, 2)
    ]
    end = pages / 10 + 4
    steps += [Done("read_robots", 0.41, 0.5), Done("open_site", 0.5, 0.6), Done("read_home", 0.6, 0.8)]
    steps += [Done("read_sitemaps", 0.8, 0.9), Done("choose_pages", 0.9, 1), Done("write_profile", end - 1, end - 0.1)]
    said = [
        (step.end, "event", {"name": "page", "key": f"{HOST}/{step.key}", "data": {
            "url": f"{HOST}/{step.key}", "title": step.title, "stage": "failed" if step.error else "read",
            "words": 200 + n % 7 * 90, "note": step.error["message"] if step.error else ""}})
        for n, step in enumerate(steps[:pages])
    ]  # fmt: skip
    return Recorded("ingest-site", "A handbook of 1,200 pages", steps, end, said=said, input={"url": HOST})
