"""The verbs of enforcement: plan, approve, apply, deliver, revert, audit."""
