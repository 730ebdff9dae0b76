"""Every number an expectation compares with, and why it is that number. No rule stands here."""

from __future__ import annotations

# A result keeps a few rows by name, so that someone can look them up, and its message shows some of them: it has to stay readable.
EXAMPLES_KEPT = 5
EXAMPLES_SHOWN = 3

# Share of a feed's rows that may be rejected before the marts would mislead. Any rejected row is a warning.
# With a tenth missing, a rate of 80 % could really be anything from 72 % to 82 %: wider than the changes the marts are asked about.
REJECTED_SHARE_LIMIT = 0.10

# A delivery is compared with those of its weekday: two months hold eight of each, and what happened before is another season. Fewer
# than five are no pattern; till then the two weeks before it count, every weekday twice. With fewer than seven files there is no week.
VOLUME_WEEKS = 8
VOLUME_MINIMUM_WEEKDAYS = 5
VOLUME_TRAILING_EXTRACTS = 14
VOLUME_MINIMUM_HISTORY = 7
# A year ago on the same weekday, and a week around it: promotion days and holidays move by some days from year to year.
VOLUME_SEASON_DAYS = 364
VOLUME_SEASON_AROUND_DAYS = 7
# Small counts vary by more than their multiples: of 3 surveys a day there is none on one day in twenty. One in 400 lies beyond this.
VOLUME_DEVIATIONS = 3
# Promotion days bring up to about five times an ordinary day, public holidays a third of one. What lies beyond is worth a look.
VOLUME_LOWEST_MULTIPLE = 0.2
VOLUME_HIGHEST_MULTIPLE = 5.0

# Amounts are decimals with two places; half a cent absorbs what dividing and converting them leaves behind.
AMOUNT_TOLERANCE = 0.005

# Doubles that should be equal differ in the last bits when sums run in another order.
RELATIVE_TOLERANCE = 1e-9

# The business date of a moment may be a day ahead of its date in UTC: by fourteen hours where the day begins first (UTC+14).
BUSINESS_DATE_AHEAD_HOURS = 14

# Business and calendar minutes are both seconds divided by sixty; the last bit may differ.
MINUTES_TOLERANCE = 1e-6
