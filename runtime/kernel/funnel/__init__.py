"""The funnel: memberships, responses, the active one, and the scenarios that make one active again.

records       what a contact's state keeps
stages        how a response passes the stages and ends
recording     how memberships are written, and what a response becomes
listening     scenarios, by what sets them off
judging       what a scenario does
carrying      merges, erasure, changed plans
"""
