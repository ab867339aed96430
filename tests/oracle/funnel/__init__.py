"""The funnel and its reactivation scenarios once more, slow and obvious, on top of the interpreter of
journeys. Written from the specification; where that is silent, from docs/funnel.md."""
