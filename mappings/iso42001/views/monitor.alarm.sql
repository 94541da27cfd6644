-- rows: aws.alarm
-- An alarm belongs to the system of the endpoint that its dimensions name.
with alarm as (
  select
    *,
    list_filter(dimensions, lambda d: d.name in ('EndpointName', 'Endpoint', 'AgentId', 'ModelId'))[1].value
      as watches
  from aws_alarm
),
endpoint as (select source, name, min(system_id) as system_id from served group by all)
select
  a._subject as subject,
  a._source as source,
  s.system_id,
  a.name,
  'alarm on ' || a.metric as type,
  a.watches,
  a.threshold is not null as has_threshold,
  a.actions_enabled as enabled,
  case when a.actions_enabled is not null then a.actions_enabled and coalesce(len(a.actions), 0) > 0 end as notifies,
  a.state = 'ALARM' as breached
from alarm a
left join endpoint s on s.source = a._source and s.name = a.watches
where a.watches is not null or regexp_matches(lower(a.namespace), '(sagemaker|bedrock)')
