-- rows: registered, deployment, storage
-- Systems that tags and labels name and the inventory does not.
with trace as (
  select system_id, subject, source from registered
  union all
  select system_id, subject, source from deployment
  union all
  select system_id, subject, source from storage
),
live as (
  select system_id, count(*) as deployments,
    count(*) filter (where environment = 'production') as in_production,
    min(least(deployed_at, created_at)) filter (where environment = 'production') as first_at
  from deployment
  group by all
)
select
  min(t.subject) as subject,
  min_by(t.source, t.subject) as source,
  t.system_id,
  false as declared,
  true as discovered,
  any_value(coalesce(live.deployments, 0)) as deployments,
  any_value(coalesce(live.in_production, 0)) as production_deployments,
  any_value(live.first_at) as first_production_at
from trace t
left join live on live.system_id = t.system_id
where t.system_id is not null
  and not exists (select 1 from documents_system s where s.id = t.system_id)
group by t.system_id
