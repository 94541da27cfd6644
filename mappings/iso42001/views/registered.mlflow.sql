-- rows: mlflow.model_version
-- Approval is read from the version's own tags: a tag of the model would approve every version.
with version as (
  select
    v.*,
    m.tags as model_tags,
    m.has_description as model_has_description,
    list_distinct(coalesce(v.aliases, []) || coalesce(
      list_filter(map_keys(m.aliases), lambda alias: m.aliases[alias] = v.version), []
    )) as all_aliases,
    mlflow_approval_status(v.tags) as status_tag,
    mlflow_approved_by(v.tags) as by_tag,
    instant(mlflow_approved_at(v.tags)) as at_tag
  from mlflow_model_version v
  left join mlflow_registered_model m on m._source = v._source and m.name = v.name
)
select
  _subject as subject,
  _source as source,
  coalesce(mlflow_system(tags), mlflow_system(model_tags)) as system_id,
  'mlflow' as platform,
  name as model,
  version,
  'models:/' || name || '/' || version as external_id,
  version.source as source_uri,
  run_id,
  true as keeps_runs,
  epoch_ms(creation_timestamp)::timestamptz as created_at,
  user_id as created_by,
  coalesce(is_approved(status_tag), by_tag is not null or at_tag is not null) as approved,
  status_tag as approval_status,
  by_tag as approved_by,
  at_tag as approved_at,
  instant(mlflow_evaluated_at(tags)) as evaluated_at,
  all_aliases as aliases,
  len(list_filter(all_aliases, lambda alias: production_alias(alias))) > 0
    or coalesce(is_production(current_stage), false)
    or coalesce(is_production(mlflow_environment(tags)), false) as marked_production,
  coalesce(has_description, false) or coalesce(model_has_description, false) as has_description,
  coalesce(mlflow_intended_use(tags), mlflow_intended_use(model_tags)) as intended_use
from version
