-- Schema 2: what a promotion did to a purchase. A purchase is its own reservation: redemptions are
-- counted from those that have neither expired nor failed.

-- The promotion's code as the catalog wrote it then; codes are the same in any case.
alter table purchases add column promotion text collate nocase;
-- The price without it. Null before schema 2, where it is `amount_minor`.
alter table purchases add column list_amount_minor integer;

-- Redemptions, of all accounts and of one. `status` is in it so that counting reads nothing else.
create index purchases_redeeming on purchases (promotion, account, status)
    where promotion is not null and status not in ('expired', 'failed');
-- Whether an account has ever bought.
create index purchases_bought on purchases (account, status)
    where status not in ('open', 'expired', 'failed');
