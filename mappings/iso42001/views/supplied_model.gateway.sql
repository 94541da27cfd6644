-- rows: mlflow.gateway_endpoint
-- The gateway does not say until when a model is offered.
with part as (
  select _subject, _source, tags, name, unnest(models) as m from mlflow_gateway_endpoint
)
select
  _subject as subject,
  _source as source,
  mlflow_system(tags) as system_id,
  m.model_name as name,
  m.provider as provider,
  'gateway endpoint ' || name as used_by,
  false as dated
from part
