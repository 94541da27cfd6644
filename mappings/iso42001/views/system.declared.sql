-- rows: documents.system
-- Counts and the first trace of production come from what is deployed now.
with live as (
  select system_id, count(*) as deployments,
    count(*) filter (where environment = 'production') as in_production,
    min(least(deployed_at, created_at)) filter (where environment = 'production') as first_at
  from deployment
  group by all
),
seen as (
  select system_id from registered
  union
  select system_id from deployment
  union
  select system_id from storage
)
select
  s._subject as subject,
  s._source as source,
  s.id as system_id,
  s.name,
  nullif(trim(s.owner), '') as owner,
  nullif(trim(s.deputy), '') as deputy,
  s.role,
  s.tier,
  lower(trim(s.stage)) as stage,
  nullif(trim(s.purpose), '') as purpose,
  s.affects_people,
  s.user_facing,
  coalesce(s.third_parties, []) as third_parties,
  coalesce(s.data_sources, []) as data_sources,
  true as declared,
  seen.system_id is not null as discovered,
  coalesce(live.deployments, 0) as deployments,
  coalesce(live.in_production, 0) as production_deployments,
  live.first_at as first_production_at
from documents_system s
left join live on live.system_id = s.id
left join seen on seen.system_id = s.id
