-- rows: aws.endpoint
-- One row for each variant. When and by whom it was deployed: the tags, else the newest CloudTrail
-- event that created or changed the endpoint.
with change as (
  select
    _source as source,
    request['endpointName'] as endpoint,
    max_by(actor, row(event_time, _subject)) as actor,
    max(event_time) as changed_at
  from aws_management_event
  where event_name in ('CreateEndpoint', 'UpdateEndpoint') and error_code is null
  group by all
),
variant as (
  select *, unnest(variants) as variant from aws_endpoint
)
select
  e._subject as subject,
  e._source as source,
  aws_system(e.tags) as system_id,
  'sagemaker' as platform,
  e.name as name,
  aws_environment(e.tags) as environment,
  e.variant.model.image as image,
  e.variant.model.model_data_url as model_uri,
  e.variant.model.model_package_arn as package_id,
  aws_model_name(e.tags) as model,
  aws_model_version(e.tags) as version,
  e.created_at,
  coalesce(instant(aws_deployed_at(e.tags)), c.changed_at) as deployed_at,
  coalesce(aws_deployed_by(e.tags), c.actor) as deployed_by,
  aws_approval_status(e.tags) as approval_status,
  aws_approved_by(e.tags) as approved_by,
  instant(aws_approved_at(e.tags)) as approved_at,
  aws_owner(e.tags) as owner,
  coalesce(e.data_capture_enabled, false) or aws_logs_to(e.tags) is not null as logging_enabled,
  e.kms_key_id is not null as encrypted,
  aws_monitored_by(e.tags) as monitored_by,
  aws_intended_use(e.tags) as intended_use
from variant e
left join change c on c.source = e._source and c.endpoint = e.name
