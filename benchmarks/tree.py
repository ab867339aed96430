"""Writes a big workspace: by default 5,000 campaigns in as many files, 15 MB, 420,000 lines, and 50,000
conditions of 10,000 distinct texts. The same every time, and valid.

python benchmarks/tree.py FOLDER [--count 5000]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

PER_CAMPAIGN = 8  # conditions, and two more that only name steps and tags
DISTINCT_PER_CAMPAIGN = 2  # so that 5,000 campaigns have 10,000 distinct texts
EMAILS = 40

COUNTRIES = ("US", "CA", "MX", "DE", "FR", "AT", "CH", "ES", "IT", "NL")
INDUSTRIES = ("healthcare", "software", "retail")
WORDS = ("marketing", "sales", "engineer", "director", "founder", "analyst")

SETTINGS = """\
project: big
timezone: America/New_York
fields:
  industry: {type: text, values: [healthcare, software, retail]}
  employees: number
  renewal_date: date
  interests: {type: text, many: true}
events:
  purchase: {total: number, sku: text}
"""

SHARED = """\
lists:
  prospects: {}
  newsletter: {}
segments:
  engaged-leads: did web_page.visit at least 3 times in last 7 days
web_pages:
  pricing: {url: "https://big.test/pricing*"}
web_forms:
  demo-request: {}
"""

CAMPAIGN = """\
campaigns:
  campaign-{number:04}:
    description: |
      Campaign {number} of a big workspace. It invites the contacts that one of its triggers
      lets in, looks at what they do with the invitation, and goes on accordingly.
      Every campaign of the tree has this shape, with conditions of its own.
    # Two ways in: the segment that all campaigns share, and the form.
    starts_when:
      - enters_segment: engaged-leads
        when: {c0}
      - event: web_form.submission of demo-request
    runs: {runs}
    exit_when: {c2}
    steps:

      # The invitation: three rules, tried from the top.
      - id: invite
        send_email:
          rules:
            - when: {c3}
              use: {e0}
            - when: {c4}
              use: {e1}
            - when: {c5}
              use: {e2}
          default: {e3}
      - wait: {days} days

      # Whoever opened it is warmer than the others.
      - if: did email.open of step invite at least {times} times in last {window} days
        then:
          - adjust_score: +{points}
          - add_tag: opened-{tag}
          - add_note: Opened the invitation of campaign {number:04}
        else:
          - id: reminder
            send_email: {e4}
            when: {c6}
          - wait:
              at: {weekday} 09:00
              timezone: contact
      - id: follow-up
        wait:
          until: {c7}
          at_most: {most} days
          on_timeout:
            - adjust_score: -{minus}
            - add_tag: silent-{tag}

      # Some fields and a list, for the people who read them.
      - update_contact:
          set:
            status: invited
            industry: {industry}
          clear:
            - renewal_date
      - subscribe:
          list: newsletter
          channels:
            - email
      - id: offer
        send_email:
          rules:
            - when: {c1}
              use: {e5}
          default: no_action
      - remove_tag: opened-{tag}

      # The end: a note, a tag for the next campaign, and out.
      - id: close
        add_note:
          text: >
            The contact went through campaign {number:04}; the next step is up to whoever owns it.
            What the contact did is in the audit.
      - if: tagged "silent-{tag}"
        then:
          - add_tag: cold
            id: mark-cold
          - wait: {rest} weeks
          - remove_tag: silent-{tag}
            id: unmark-silent
        else:
          - add_tag: warm
            id: mark-warm
      - end
"""


def write(root: Path, count: int = 5000) -> None:
    """Makes the workspace in `root`, which is created."""
    folder = root / "campaigns"
    folder.mkdir(parents=True)
    (root / "emails").mkdir()
    (root / "oncue.yaml").write_text(SETTINGS)
    (root / "shared.yaml").write_text(SHARED)
    (root / "emails.yaml").write_text(_emails())
    (root / "emails" / "body.md").write_text("Hello {{ first_name | default('friend') }}\n")
    random = Random(7)
    texts = [_condition(random, number) for number in range(count * DISTINCT_PER_CAMPAIGN)]
    for number in range(count):
        (folder / f"campaign-{number:04}.yaml").write_text(_campaign(random, number, texts))


def _emails() -> str:
    lines = [
        f"  mail-{n:02}: {{subject: Mail {n}, body: emails/body.md, list: prospects}}" for n in range(EMAILS)
    ]
    return "\n".join(["emails:", *lines, ""])


def _campaign(random: Random, number: int, texts: list[str]) -> str:
    """Its own conditions, and others that other campaigns have too."""
    own = texts[number * DISTINCT_PER_CAMPAIGN : (number + 1) * DISTINCT_PER_CAMPAIGN]
    chosen = own + random.sample(texts, PER_CAMPAIGN - len(own))
    conditions = {f"c{place}": text for place, text in enumerate(chosen)}
    emails = {f"e{place}": f"mail-{random.randrange(EMAILS):02}" for place in range(6)}
    return CAMPAIGN.format(
        number=number,
        runs=random.choice(["once", "every_time"]),
        days=random.randrange(1, 9),
        times=random.randrange(1, 4),
        window=random.randrange(5, 30),
        points=random.randrange(5, 50),
        minus=random.randrange(1, 5),
        tag=f"t{number % 97}",
        weekday=random.choice(["monday", "tuesday", "wednesday"]),
        most=random.randrange(5, 15),
        industry=random.choice(INDUSTRIES),
        rest=random.randrange(1, 4),
        **conditions,
        **emails,
    )


def _condition(random: Random, number: int) -> str:
    """Three clauses, no two conditions alike."""
    clauses = [
        f"score >= {random.randrange(10, 900)}",
        f"country in [{', '.join(quoted(name) for name in random.sample(COUNTRIES, 3))}]",
        f"job_title contains {quoted(random.choice(WORDS))}",
        f"did web_page.visit at least {random.randrange(2, 6)} times in last {random.randrange(7, 60)} days",
        f"count(purchase in last {random.randrange(7, 90)} days) >= {random.randrange(1, 5)}",
        f"renewal_date within next {random.randrange(5, 60)} days",
        f"industry == {quoted(random.choice(INDUSTRIES))}",
        f"tagged {quoted(f'group-{random.randrange(500)}')}",
    ]
    first, second = random.sample(clauses, 2)
    return f"{first} {random.choice(['and', 'or'])} {second} and employees > {number}"


def quoted(text: str) -> str:
    """The text as a condition writes it."""
    return f'"{text}"'


def main() -> None:
    """Writes the tree and says how big it is."""
    parser = argparse.ArgumentParser(description="Writes a big workspace.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=5000, help="campaigns (default 5000)")
    options = parser.parse_args()
    write(options.folder, options.count)
    contents = [path.read_text() for path in options.folder.rglob("*.yaml")]
    lines = sum(text.count("\n") for text in contents)
    print(f"{len(contents):,} files, {sum(map(len, contents)) / 1e6:.1f} MB, {lines:,} lines")


if __name__ == "__main__":
    main()
