-- Credits that ops spent and that were given back.

-- refunded: what was given back by now, and the version that the capture made; `captured` stays.
alter table ops add column refunded integer;
alter table ops add column captured_version integer;

-- Refunds of ops, by the asker's id; the rest is in the entry.
create table op_refunds (
    id text not null,
    account integer not null,
    version integer not null,
    -- What was asked for; null where that was all that was left.
    credits integer,
    constraint op_refund_once primary key (id),
    constraint op_refund_has_its_entry foreign key (account, version)
        references entries (account, version)
) strict, without rowid;
