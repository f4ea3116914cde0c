# SPDX-License-Identifier: BSD-3-Clause
"""The listed differences from Linux. Each rule has its section in docs/differences-from-linux.md
(the heading begins with the rule's name) and says, for one input and both outputs, whether it is
the explanation. A rule looks at what the packets are, never at a case's name or number."""

RULES = {}


def rule(function):
    """Registers function(view of the input, linux outputs, subject outputs, own addresses)."""
    RULES[function.__name__.replace("_", "-")] = function
    return function


def explain(view, linux, subject, own):
    """The name of the rule that explains the difference, or None."""
    for name, applies in RULES.items():
        if applies(view, linux, subject, own):
            return name
    return None
