"""Two plans compared by what they mean: formatting, comments, places and the order of files never show up.

Who is who among steps is told by `kernel.adoption`, which also decides where members go; what was and what
is, is said in the words of `cli.words`. `oncue diff` draws what comes of it."""
