-- rows: dataset
-- Object stores and file systems are the organisation's own; whatever else is addressed is not.
select
  subject,
  source,
  system_id,
  name,
  source_uri as address,
  regexp_extract(source_uri, '^[a-z0-9+]+://([^/]+(?:/[^/]+)?)', 1) as host,
  regexp_matches(source_uri, '^(https?|ftp|hf|kaggle)://')
    or coalesce(lower(source_type) in ('hugging_face', 'huggingface', 'http'), false) as outside,
  'run ' || run_id as used_by
from dataset
where source_uri is not null and in_production
