"""The blog-writing agent."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = "Posts"

    def ready(self) -> None:
        # Models cannot be imported before.
        from agents import live
        from runs import products

        products.register(
            "write-post",
            noun="post",
            template="agents/_body.html",
            context=live.context,
            list_url="agents:list",
            new_url="agents:new",
            stages=(
                ("research", "Research"),
                ("outline", "Outline"),
                ("write_section", "Write and check"),
                ("edit", "Edit"),
                ("finish", "Put together"),
            ),
        )
