-- rows: aws.config_rule
-- A check is about AI when its types of resources or its name say so.
select
  _subject as subject,
  _source as source,
  name,
  coalesce(resource_types, []) as about,
  coalesce(len(list_filter(
    resource_types, lambda t: regexp_matches(t, '::(SageMaker|Bedrock)')
  )), 0) > 0
    or regexp_matches(lower(name || coalesce(source, '')), 'sagemaker|bedrock') as for_ai,
  outcome in ('pass', 'fail') as decided,
  case outcome when 'pass' then 0 when 'fail' then greatest(failing_resources, 1) end
    as failing
from aws_config_rule
where state = 'ACTIVE'
