-- rows: mlflow.gateway_endpoint
-- What a guardrail of the gateway looks for is not read; that it is attached is.
select
  _subject as subject,
  _source as source,
  mlflow_system(tags) as system_id,
  name,
  true as in_service,
  false as versioned,
  models[1].model_name as supplied_model,
  guardrails[1].name as guardrail
from mlflow_gateway_endpoint
