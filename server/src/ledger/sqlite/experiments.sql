-- Schema 3: which variant of each experiment an account is in, and what was bought in which.

-- An account's variant, from when a catalog was first served to it while the experiment ran. It
-- stays in it, whatever becomes of the weights; only where the config has it no more, the account
-- gets another.
create table exposures (
    account integer not null references accounts (key),
    experiment text not null,
    variant text not null,
    first_served_at_ms integer not null,
    constraint exposure_once primary key (account, experiment)
) strict, without rowid;

-- The variants that the buyer was in when a purchase was made.
create table purchase_variants (
    purchase text not null references purchases (purchase),
    experiment text not null,
    variant text not null,
    constraint purchase_variant_once primary key (purchase, experiment)
) strict, without rowid;
