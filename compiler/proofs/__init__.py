"""What is certain about conditions, and for whom they hold.

A question is a list of conditions: can they all hold together? `cells` answers it by going through the
kinds of contacts that the tests of each value can tell apart; where tests of several values hang together
(one field against another, sums, windows of one event inside each other), `solver` asks z3, if it is there.
No answer is ever wrong: what neither understands is a free truth value, so that more contacts are thought
of than there are.
"""
