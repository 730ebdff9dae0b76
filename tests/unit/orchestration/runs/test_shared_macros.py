"""dbt's macros, made once for all contexts, say in each what they say as dbt makes them: anew for each."""

import json
import subprocess
import sys

PROGRAM = """
import json
from dbt.clients.jinja import MacroStack, get_rendered
from dbt.context.macros import MacroNamespaceBuilder
from dbt.contracts.graph.nodes import Macro
from dbt.node_types import NodeType
from orchestration.runs.shared_macros import share_macros

def macro(package, name, body):
    return Macro(
        name=name, package_name=package, unique_id=f"macro.{package}.{name}", resource_type=NodeType.Macro, path="", original_file_path="",
        macro_sql="{% macro " + name + "(more='') %}" + body + "{% endmacro %}",
    )

MACROS = {
    "dbt": {"greeting": macro("dbt", "greeting", "dbt greets {{ who }}"), "nobody": macro("dbt", "nobody", "nobody")},
    "ours": {
        "greeting": macro("ours", "greeting", "we greet {{ who }}{{ more }}"),
        "depth": macro("ours", "depth", "{{ return(context_macro_stack.depth) }}"),
        "looped": macro("ours", "looped", "{% for one in [1, 2] %}{{ greeting(more=one) }}, {% endfor %}{{ caller() }}"),
    },
}
ASKED = "{{ greeting() }}; {{ dbt.greeting() }}; {{ dispatched() }}; {{ depth() + 1 }}; {% call looped() %}to {{ who }}{% endcall %}"

def said(package, who):
    stack, context = MacroStack(), {}
    builder = MacroNamespaceBuilder("ours", package, stack, ["dbt"], None)
    namespace = builder.build_namespace(MACROS, context)
    from dbt.context.base import BaseContext
    context.update({"context": context, "context_macro_stack": stack, "who": who, "return": BaseContext._return})
    context.update(namespace)
    context["dispatched"] = namespace.get_from_package("ours", "greeting")
    return get_rendered(ASKED, context), id(namespace["greeting"])

texts = lambda: [said("ours", "Ann"), said("ours", "Bo"), said("dbt", "Cy")]
as_before = texts()
share_macros()
shared = texts()
print(json.dumps([[text for text, _ in as_before], [text for text, _ in shared], shared[0][1] == shared[1][1]]))
"""


def test_macros_made_once_speak_of_the_context_they_are_called_from() -> None:
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    as_before, shared, are_shared = json.loads(finished.stdout)
    assert as_before[0] == "we greet Ann; dbt greets Ann; we greet Ann; 2; we greet Ann1, we greet Ann2, to Ann"
    assert (shared, are_shared) == (as_before, True)
