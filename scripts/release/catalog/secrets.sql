-- What a secret says is made at install; those of channels are data.
select
  format('secret %s', name) as object,
  description
from
  vault.secrets
where
  name like 'everwatch%'
  and name not like 'everwatch_channel_%';
