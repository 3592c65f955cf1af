-- Schema 1. Times are milliseconds since the Unix epoch, credits are whole ones, money is in minor
-- units. Constraints are named: `constraint.rs` tells each by its name.

-- Facts about this database: epoch, instance, mode, created_at_ms.
create table settings (
    name text not null,
    value text not null,
    constraint setting_once primary key (name)
) strict, without rowid;

-- The balance of every account, as its last entry left it.
create table accounts (
    key integer primary key,
    account text not null,
    version integer not null default 0,
    settled integer not null default 0,
    held integer not null default 0,
    -- The highest version of a rejection that was forgotten: receipts up to here are not complete.
    pruned_version integer,
    constraint account_once unique (account),
    constraint held_never_negative check (held >= 0)
) strict;

-- Every line of every ledger, for ever. Columns that a kind of entry does not have are null.
create table entries (
    account integer not null references accounts (key),
    version integer not null,
    kind text not null,
    credits integer not null,
    op blob,
    operation text,
    returned integer,
    applied_version integer,
    expires_at_ms integer,
    reason text,
    source text,
    purchase text,
    owed integer,
    actor text,
    settled integer not null,
    held integer not null,
    at_ms integer not null,
    constraint version_once primary key (account, version),
    constraint held_never_negative check (held >= 0),
    constraint credits_never_negative check (credits >= 0)
) strict, without rowid;

create unique index one_grant_per_purchase on entries (purchase)
    where kind = 'grant' and purchase is not null;

create trigger entries_are_never_updated before update on entries
begin
    select raise(abort, 'entries_are_never_updated');
end;

create trigger entries_are_never_deleted before delete on entries
begin
    select raise(abort, 'entries_are_never_deleted');
end;

-- What is known of every op. The state of a rejected one is the code of its rejection.
create table ops (
    account integer not null references accounts (key),
    op blob not null,
    operation text,
    quantity integer,
    state text not null,
    -- Applied: of its hold or debit entry. Rejected: the account's then.
    version integer not null,
    -- The last version at which anything was said of it.
    touched integer not null,
    -- What it cost, or would have.
    credits integer,
    -- insufficient_credits: what was available.
    available integer,
    at_ms integer not null,
    -- held: who works on it, and until when it is promised.
    claim text,
    expires_at_ms integer,
    -- captured: what was spent. released: why.
    captured integer,
    reason text,
    constraint op_once primary key (account, op),
    constraint op_is_a_uuid check (length(op) = 16)
) strict, without rowid;

-- Receipts since a version.
create index ops_touched on ops (account, touched);
-- Live holds: of one account, and overdue ones of all.
create index ops_held on ops (account, expires_at_ms) where state = 'held';
create index ops_overdue on ops (expires_at_ms) where state = 'held';
-- Rejections to forget.
create index ops_rejected on ops (at_ms) where state in ('insufficient_credits', 'cancelled');

-- One checkout of one pack. The grant takes its credits from here and from nowhere else.
create table purchases (
    purchase text not null,
    account integer not null references accounts (key),
    checkout text not null,
    pack text not null,
    quantity integer not null,
    credits integer not null,
    amount_minor integer not null,
    currency text not null,
    body_sha256 blob not null,
    success_url text not null,
    cancel_url text not null,
    email text,
    locale text,
    expires_at_ms integer not null,
    status text not null,
    session text,
    url text,
    created_at_ms integer not null,
    changed_at_ms integer not null,
    -- Whether the buyer sees it among what is to come.
    incoming integer not null default 0,
    constraint purchase_once primary key (purchase),
    constraint checkout_once unique (account, checkout),
    constraint session_once unique (session)
) strict, without rowid;

create index purchases_incoming on purchases (account) where incoming = 1;
create index purchases_open on purchases (expires_at_ms) where status = 'open';
create index purchases_failed on purchases (changed_at_ms) where status = 'failed' and incoming = 1;
create index purchases_unsettled on purchases (created_at_ms)
    where status in ('open', 'processing') and session is not null;

-- Webhook events that took effect.
create table webhook_events (
    event text not null,
    purchase text not null references purchases (purchase),
    at_ms integer not null,
    constraint event_once primary key (event)
) strict, without rowid;

-- Grants and adjustments by hand, by the asker's id; the rest is in the entry.
create table grants (
    id text not null,
    account integer not null,
    version integer not null,
    constraint grant_once primary key (id),
    constraint grant_has_its_entry foreign key (account, version)
        references entries (account, version)
) strict, without rowid;

-- Secret keys, hashed.
create table secret_keys (
    id text not null,
    name text not null,
    sha256 blob not null,
    created_at_ms integer not null,
    revoked_at_ms integer,
    constraint secret_key_once primary key (id)
) strict, without rowid;

-- Signing keys of client tokens.
create table token_keys (
    kid text not null,
    pkcs8 blob not null,
    created_at_ms integer not null,
    retired_at_ms integer,
    constraint token_key_once primary key (kid)
) strict, without rowid;

-- Payment sessions of test mode.
create table test_sessions (
    id text not null,
    purchase text not null references purchases (purchase),
    status text not null,
    payment text not null,
    due_at_ms integer,
    created_at_ms integer not null,
    constraint test_session_once primary key (id)
) strict, without rowid;

create index test_sessions_due on test_sessions (due_at_ms) where due_at_ms is not null;
