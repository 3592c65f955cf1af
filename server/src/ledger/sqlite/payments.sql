-- What was paid for purchases, what of it came back, and how far the provider's events were read.
-- Amounts of money are in the provider's minor units, whatever the digits of the currency.

-- A payment that granted. It is what refunds and disputes are measured by.
create table payments (
    purchase text not null references purchases (purchase),
    -- The provider's id of it; null where nothing was due, and in test mode.
    payment text,
    amount integer not null,
    -- How much of the amount is tax.
    tax integer not null default 0,
    currency text not null,
    -- What was granted, and what of it is taken back at present.
    credits integer not null,
    taken integer not null default 0,
    constraint payment_of_purchase_once primary key (purchase),
    constraint payment_once unique (payment),
    constraint taken_within_grant check (taken between 0 and credits)
) strict, without rowid;

-- Refunds and disputes, by the provider's id of each; also those that came before the grant.
create table reversals (
    reversal text not null,
    purchase text not null references purchases (purchase),
    kind text not null,
    state text not null,
    amount integer not null,
    currency text not null,
    -- The credits it is entitled to, and those it took: less where some are forgiven.
    claimed integer not null default 0,
    taken integer not null default 0,
    -- The account's versions of its clawback and of what undid that.
    clawed_version integer,
    reinstated_version integer,
    at_ms integer not null,
    constraint reversal_once primary key (reversal),
    constraint taken_within_claim check (taken between 0 and claimed)
) strict, without rowid;

create index reversals_of_purchase on reversals (purchase, at_ms, reversal);

-- Up to when the provider's list of events was read, in seconds since the Unix epoch.
create table event_cursors (
    provider text not null,
    read_to_s integer not null,
    constraint event_cursor_once primary key (provider)
) strict, without rowid;
