"""The blog-writing agent."""

from django.apps import AppConfig

_STAGES = {
    "write-post": (
        ("research", "Research"),
        ("outline", "Outline"),
        ("write_section", "Write and check"),
        ("edit", "Edit"),
        ("finish", "Put together"),
    ),
    "revise-post": (
        ("take_up", "Look at the post"),
        ("search_pages", "Search the pages"),
        ("rewrite_section", "Rewrite and check"),
        ("keep_revision", "Keep the new version"),
    ),
    "hand-over-post": (("check_links", "Check the links"), ("hand_over", "Hand over the draft")),
    "check-links": (("check_links", "Check the links"),),
}
_ERRANDS = ("hand-over-post", "check-links")


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = "Posts"

    def ready(self) -> None:
        # Models cannot be imported before.
        from agents import live
        from agents.handover import outcome
        from agents.outlining import form, questions
        from runs import products

        approval = products.QuestionForm(questions.form_of, form.TEMPLATE)
        for workflow, stages in _STAGES.items():
            products.register(
                workflow,
                noun="post",
                template="agents/_errand.html" if workflow in _ERRANDS else "agents/_body.html",
                context=outcome.context if workflow in _ERRANDS else live.context,
                list_url="agents:list",
                new_url="agents:new",
                stages=stages,
                start_title="Write a post",
                start_about="Researched, outlined and written section by section; every claim names its source.",
                forms={"outline": approval},
                starts_again=workflow not in _ERRANDS,
            )
