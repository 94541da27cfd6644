-- rows: mlflow.run, model_version
-- A run that no version names still used its data, and is a row without a version.
with input as (
  select _subject as subject, _source as source, run_id, unnest(datasets) as d from mlflow_run
)
select
  i.subject,
  i.source,
  v.system_id,
  i.d.name as name,
  i.d.digest as digest,
  lower(i.d.context) as context,
  i.d."source" as source_uri,
  i.d.source_type as source_type,
  i.run_id,
  v.model_version_id,
  coalesce(v.in_production, false) as in_production
from input i
left join model_version v on v.source = i.source and v.run_id = i.run_id
