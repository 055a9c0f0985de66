"""States of steps, deliveries, letters and invoices with their labels, and the moves between them.

Every group of them that is spoken of stands here once too, and fields are built from it.
"""

# ---------------------------------------------------------------- steps

STEP_STATES: dict[str, str] = {
    "draft": "Draft",
    "planned": "Planned",
    "held": "Held",
    "waiting": "Awaiting Approval",
    "under_way": "Under Way",
    "sent": "Sent",
    "partly": "Partly Sent",
    "failed": "Failed",
    "skipped": "Skipped",
    "cancelled": "Cancelled",
}
# These go without a person: by the clock, or once nothing holds them any more.
SCHEDULED = ("planned", "held")
UNTRIED = ("draft", *SCHEDULED)
UPCOMING = (*SCHEDULED, "waiting")
UNSENT = ("draft", *UPCOMING)
UNFINISHED = (*UPCOMING, "under_way")
# The end of a hold, or a person, has to let these go.
HALTED = ("held", "waiting")
# Nothing of these has failed.
HANDED_OVER = ("under_way", "sent")
REACHED = ("sent", "partly")
# A message of these left or is about to leave.
REACHING = (*HANDED_OVER, "partly")
# Something of these did not arrive, and a person may send it again.
RETRYABLE = ("failed", "partly")
ATTEMPTED = (*HANDED_OVER, *RETRYABLE)
# Somebody is told of these.
WANTS_PERSON = (*RETRYABLE, "waiting")
# These did not go, and may come back.
LEFT_OUT = ("skipped", "cancelled")
# What a hold took out of the queue of these is not handed over again.
NOT_TO_SEND = ("draft", "failed", *LEFT_OUT)
# No person can send these.
NOT_BY_HAND = ("draft", "sent", "cancelled")

# Old state -> the states it may become.
STEP_MOVES = {
    "draft": frozenset({*SCHEDULED, *LEFT_OUT}),
    "planned": frozenset({"draft", "held", "waiting", *LEFT_OUT, *ATTEMPTED}),
    "held": frozenset({"draft", "planned", *LEFT_OUT}),
    "waiting": frozenset({"draft", *SCHEDULED, *LEFT_OUT, *ATTEMPTED}),
    # Cancelled, held, draft: taken out of the queue (R32, R36, R32b); skipped: only an internal copy left (R62).
    "under_way": frozenset({"sent", *RETRYABLE, "cancelled", "held", "draft", "skipped"}),
    "sent": frozenset({*RETRYABLE, "waiting"}),  # R87; a task that was not done after all (R101)
    "partly": frozenset({"under_way", "sent", "failed", "planned"}),  # R84, R87
    "failed": frozenset({"under_way", "sent", "partly", "planned", *LEFT_OUT}),  # R84, R32, R62
    "skipped": frozenset({"draft", *SCHEDULED, *ATTEMPTED}),  # R38; sent by a person after all
    "cancelled": frozenset({"draft", "planned", "skipped", *ATTEMPTED}),  # R32b, R34; sent by a person
}

# ---------------------------------------------------------------- deliveries

DELIVERY_STATES: dict[str, str] = {
    "queued": "Queued",
    "sent": "Sent",
    "delivered": "Delivered",
    "bounced": "Bounced",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
LEFT = ("sent", "delivered")
LIVE = ("queued", *LEFT)
LOST = ("failed", "bounced")
# The failure codes of an address at which no message arrives.
CAME_BACK = ("bounced", "returned")

DELIVERY_MOVES = {
    "queued": frozenset({*LEFT, *LOST, "cancelled"}),
    "sent": frozenset({"delivered", *LOST}),
    "delivered": frozenset(LOST),
    "bounced": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
# (state, report) of reports that came late, after a newer one: they say nothing new.
OVERTAKEN = frozenset({("sent", "queued"), ("delivered", "queued"), ("delivered", "sent")})

# ---------------------------------------------------------------- letters

LETTER_STATES: dict[str, str] = {
    "queued": "Waiting",
    "sending": "Being Sent",
    "sent": "Sent",
    "delivered": "Delivered",
    "returned": "Returned",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
UNPOSTED = ("queued", "sending")
# A provider still has something to say of these.
FOLLOWED = (*UNPOSTED, "sent")
# These may be printed in the house: a letter that was called off still has its sheet.
PRINTABLE = ("queued", "cancelled")

LETTER_MOVES = {
    "queued": frozenset({"sending", "sent", "failed", "cancelled"}),
    "sending": frozenset({"queued", *LEFT, "returned", "failed", "cancelled"}),
    "sent": frozenset({"delivered", "returned", "failed"}),
    "delivered": frozenset({"returned"}),
    "returned": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
# What the delivery becomes when its letter does.
DELIVERY_STATE_OF_LETTER = {
    "sent": "sent",
    "delivered": "delivered",
    "returned": "bounced",
    "failed": "failed",
    "cancelled": "cancelled",
}

# ---------------------------------------------------------------- the chasing of an invoice

LIFECYCLES: dict[str, str] = {
    "running": "Running",
    "paused": "Paused",
    "disabled": "Disabled",
    "cancelled": "Cancelled",
    "written_off": "Written Off",
    "collections": "In Collections",
    # Nobody chases it: it only carries what a person sends by hand (R102).
    "by_hand": "By Hand",
}
ONGOING = ("running", "paused")
# Who enables these gives them what an invoice without a schedule gets.
AS_IF_NEW = ("cancelled", "by_hand")
GIVEN_UP = ("written_off", "collections")
# A person ended these: no rule and no payment that comes back starts them again.
ENDED = ("cancelled", *GIVEN_UP)

STATUSES: dict[str, str] = {
    "draft": "Draft",
    "active": "Active",
    "paused": "Paused",
    "expired": "Expired",
    "failed": "Failed",
    "will_fail": "Will Fail",
    "paid": "Paid",
    "stopped": "Stopped",
    "cancelled": "Cancelled",
    "written_off": "Written Off",
    "collections": "In Collections",
}
OPEN_STATUSES = ("draft", "active", "paused", "expired", "failed", "will_fail")
# At its next instant a paused one is looked at again, and sends nothing.
SENDING_STATUSES = ("active", "failed", "will_fail")
# What wants somebody, the most urgent first (R95).
ATTENTION_STATUSES = ("failed", "will_fail", "expired", "paused")
# A cadence starts these again.
RESTARTABLE_STATUSES = ("cancelled", "collections")

# These keep even a copy from going, which a person may send of an invoice that is settled (R102).
ENDS_COPIES = ("draft", "cancelled")
# Why nothing is due on a posted invoice (R32).
CLOSED = ("paid", "reversed", "cancelled")
STATUS_OF_CLOSURE = {"paid": "paid", "reversed": "paid", "nothing_due": "paid", "cancelled": "stopped"}
STATUS_OF_LIFECYCLE = {
    "disabled": "stopped",
    "by_hand": "stopped",
    "cancelled": "cancelled",
    "collections": "collections",
}
