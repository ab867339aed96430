"""Effects as messages: templates filled in, an email's bytes, a preview."""
