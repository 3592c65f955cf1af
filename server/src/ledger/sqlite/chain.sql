-- Every entry binds the one before it; `../chain.rs` says how. Entries of before are linked
-- by the program, right after this step and in the same transaction.

alter table entries add column chain blob
    constraint chain_is_a_sha256 check (length(chain) = 32);

-- Only what is not linked yet may still be linked.
drop trigger entries_are_never_updated;
create trigger entries_are_never_updated before update on entries when old.chain is not null
begin
    select raise(abort, 'entries_are_never_updated');
end;

create trigger entries_are_linked before insert on entries when new.chain is null
begin
    select raise(abort, 'entries_are_linked');
end;
