-- rows: deployment
-- Served straight from a public hub: hf://organisation/model.
select
  subject,
  source,
  system_id,
  model_uri as name,
  split_part(model_uri, '/', 3) as provider,
  name as used_by,
  false as dated
from deployment
where starts_with(model_uri, 'hf://')
