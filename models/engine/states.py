"""States, and the groups of them that more than one place speaks of: each stands here once."""

OPEN_STATUSES = ("draft", "active", "paused", "expired", "failed", "will_fail")
# ended by a person: no rule and no payment that comes back starts these again
ENDED = ("cancelled", "written_off", "collections")
CLOSED = ("paid", "reversed", "cancelled")
UPCOMING = ("planned", "held", "waiting")
UNFINISHED = (*UPCOMING, "under_way")
UNSENT = ("draft", "planned", "held", "waiting")
LIVE = ("queued", "sent", "delivered")
ATTEMPTED = ("under_way", "sent", "partly", "failed")
# states in which nothing is to be handed over again
GOES_NO_MORE = ("draft", "failed", "skipped", "cancelled")
