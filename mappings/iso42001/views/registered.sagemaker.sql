-- rows: aws.model_package
-- Who approved and when: the tags, else the newest CloudTrail event that set the status. The
-- registry's own "last modified by" is no dependable approver and is not used.
with decision as (
  select
    coalesce(request['modelPackageArn'], request['modelPackageName'], resources[1]) as package,
    max_by(actor, row(event_time, _subject)) as actor,
    max(event_time) as decided_at
  from aws_management_event
  where event_name in ('UpdateModelPackage', 'CreateModelPackage')
    and error_code is null
    and is_approved(request['modelApprovalStatus'])
  group by all
)
select
  p._subject as subject,
  p._source as source,
  aws_system(p.tags) as system_id,
  'sagemaker' as platform,
  p."group" as model,
  p.version::varchar as version,
  p.arn as external_id,
  p.containers[1].model_data_url as source_uri,
  p.created_at,
  p.created_by,
  coalesce(
    is_approved(coalesce(p.approval_status, aws_approval_status(p.tags))), false
  ) as approved,
  coalesce(p.approval_status, aws_approval_status(p.tags)) as approval_status,
  coalesce(aws_approved_by(p.tags), d.actor) as approved_by,
  coalesce(instant(aws_approved_at(p.tags)), d.decided_at) as approved_at,
  p.has_metrics::bigint as evaluations,
  p.has_bias_metrics as bias_measured,
  coalesce(is_production(aws_environment(p.tags)), false) as marked_production,
  p.has_card as has_description,
  aws_intended_use(p.tags) as intended_use,
  p.commit_id
from aws_model_package p
left join decision d on d.package = p.arn
