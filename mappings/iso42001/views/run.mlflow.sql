-- rows: mlflow.run
-- A run has no system of its own; the versions that came from it have.
select
  _subject as subject,
  _source as source,
  run_id,
  run_name as name,
  status,
  epoch_ms(start_time)::timestamptz as started_at,
  epoch_ms(end_time)::timestamptz as ended_at,
  coalesce(tags['mlflow.user'], user_id) as user_id,
  nullif(trim(tags['mlflow.source.git.commit']), '') as commit_id,
  coalesce(cardinality(metrics), 0)::bigint as metrics,
  map_keys(metrics) as metric_names,
  coalesce(cardinality(params), 0)::bigint as params,
  coalesce(len(datasets), 0) as datasets,
  coalesce(len(list_filter(datasets, lambda d: d.digest is not null)), 0) as datasets_with_digest,
  coalesce(len(list_filter(datasets, lambda d: d."source" is not null)), 0) as datasets_with_source,
  list_distinct(list_transform(coalesce(datasets, []), lambda d: lower(d.context))) as contexts
from mlflow_run
