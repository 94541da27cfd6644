-- rows: documents.soa_entry
-- An exclusion counts only when somebody wrote down why.
select
  _subject as subject,
  _source as source,
  upper(trim(control)) as control,
  applicable,
  nullif(trim(justification), '') as justification,
  owner,
  soa_version,
  nullif(trim(approved_by), '') as approved_by,
  instant(approved_at) as approved_at,
  applicable is false and nullif(trim(justification), '') is not null as excluded
from documents_soa_entry
