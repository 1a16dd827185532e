-- What a secret says is made at install.
select
  format('secret %s', name) as object,
  description
from
  vault.secrets
where
  name like 'everwatch%';
