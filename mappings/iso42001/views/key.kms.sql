-- rows: aws.key
-- Only the organisation's own keys that protect something of an AI system.
with use as (
  select b._source, b.kms_key_id as key, s.system_id, 'bucket ' || b.name as what
  from aws_bucket b
  join storage s on s.subject = b._subject and s.in_scope
  union all
  select _source, kms_key_id, aws_system(tags), 'endpoint ' || name from aws_endpoint
  union all
  select _source, kms_key_arn, aws_system(tags), 'agent ' || name from aws_bedrock_agent
  union all
  select _source, kms_key_arn, aws_system(tags), 'guardrail ' || name from aws_bedrock_guardrail
  union all
  select _source, offline_kms_key_id, aws_system(tags), 'feature group ' || name from aws_feature_group
),
used as (
  select regexp_replace(key, '^.*/', '') as key_id, min(system_id) as system_id, min(what) as what
  from use
  where key is not null
  group by all
)
select
  k._subject as subject,
  k._source as source,
  u.system_id,
  k.key_id as name,
  k.state = 'Enabled' as enabled,
  k.spec = 'SYMMETRIC_DEFAULT' and k.origin = 'AWS_KMS' as rotatable,
  k.rotation_enabled as rotates,
  k.rotation_period_days as rotation_days,
  u.what as used_by
from aws_key k
join used u on u.key_id = k.key_id
where k.manager = 'CUSTOMER'
