-- rows: aws.management_event
-- Only what changes a model or what serves it, and only the endpoint leads to a system.
with endpoint as (select distinct name, source, system_id from served where platform = 'sagemaker')
select
  e._subject as subject,
  e._source as source,
  s.system_id,
  e.event_time as event_at,
  e.actor,
  e.actor_type,
  e.event_name as action,
  coalesce(
    e.request['endpointName'], e.request['modelPackageArn'], e.request['modelPackageName'],
    e.request['endpointConfigName'], e.request['modelName'], e.resources[1]
  ) as target,
  e.region,
  e.error_code is null as succeeded
from aws_management_event e
left join endpoint s on s.source = e._source and s.name = e.request['endpointName']
where e.event_name in (
  'CreateEndpoint', 'UpdateEndpoint', 'DeleteEndpoint', 'CreateEndpointConfig',
  'UpdateEndpointWeightsAndCapacities', 'CreateModelPackage', 'UpdateModelPackage',
  'DeleteModelPackage', 'UpdateInferenceComponent'
)
