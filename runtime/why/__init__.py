"""Why a contact got something, and why it did not: from the log, and the state of the instant, made again."""
