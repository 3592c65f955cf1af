-- What secret keys may be used for, and when each was last used.

-- Scopes, comma-separated: full, spend, grant, read, metrics.
alter table secret_keys add column scopes text not null default 'full';
-- To about a minute: it is written down in passing.
alter table secret_keys add column last_used_at_ms integer;
