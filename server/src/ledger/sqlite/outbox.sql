-- Schema 4: receipts of purchases, and the mails that carry them.

-- The receipt of a paid purchase. Its secret is the whole right to see it: kept as it is, because
-- it is written into every mail anew, and found by its hash, so that how long a look-up takes tells
-- nothing about it.
create table purchase_receipts (
    purchase text not null references purchases (purchase),
    secret blob not null,
    secret_sha256 blob not null,
    paid_at_ms integer not null,
    constraint purchase_receipt_once primary key (purchase),
    constraint receipt_secret_once unique (secret_sha256),
    constraint receipt_secret_has_128_bits check (length(secret) = 16)
) strict, without rowid;

-- One mail for each receipt whose buyer gave an address, kept by the commit that granted.
create table outbox (
    purchase text not null references purchase_receipts (purchase),
    -- pending, sent or failed.
    state text not null,
    -- How often it was asked for: the first time by the grant, then by the operator.
    round integer not null,
    -- How often this round was tried, and when first.
    attempts integer not null,
    attempted_at_ms integer,
    -- pending: when to try next.
    due_at_ms integer,
    -- What the provider calls it, once it has it.
    message text,
    -- Why the last attempt did not succeed.
    reason text,
    changed_at_ms integer not null,
    constraint mail_once primary key (purchase)
) strict, without rowid;

create index outbox_due on outbox (due_at_ms, purchase) where state = 'pending';
create index outbox_failed on outbox (changed_at_ms, purchase) where state = 'failed';
