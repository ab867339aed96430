"""What a plan says, in plain words: actions, steps with their rules, triggers. Drawings and the static site
use the same words. Every text here is plain: whoever shows it escapes it for its own format."""
