-- rows: served
-- The first link that holds: the platform's own reference to a version; the artifact's address
-- equals the version's; the address names the version; labels name model and version. When several
-- versions share one address, the one that the labels name counts, else the newest.
with asked as (
  select package_id, model, rtrim(model_uri, '/') as address from served
),
known as not materialized (
  -- `youngest` sorts by age and ends with the subject, so that max() finds the newest version
  select subject, model, version, external_id, rtrim(source_uri, '/') as address,
    strftime(coalesce(created_at, timestamptz 'epoch'), '%Y%m%d%H%M%S%f') || subject as youngest
  from registered
),
by_address as (
  select address, max(youngest)[21:] as found
  from known
  where address in (select address from asked)
  group by all
),
by_label as (
  select model, version, max(youngest)[21:] as found, max_by(address, youngest) as address
  from known
  where model in (select model from asked)
  group by all
),
by_id as (
  select external_id, max(youngest)[21:] as found
  from known
  where external_id in (select package_id from asked union all select address from asked)
  group by all
),
candidate as (
  select
    s.*,
    p.found as package,
    case when l.address = rtrim(s.model_uri, '/') then l.found else a.found end as artifact,
    i.found as named,
    l.found as labelled
  from served s
  left join by_id p on p.external_id = s.package_id
  left join by_address a on a.address = rtrim(s.model_uri, '/')
  left join by_id i on i.external_id = rtrim(s.model_uri, '/')
  left join by_label l on l.model = s.model and l.version = s.version
),
linked as (
  select *,
    coalesce(package, artifact, named, labelled) as linked_id,
    case
      when package is not null then 'model package'
      when artifact is not null then 'artifact address'
      when named is not null then 'address names the version'
      when labelled is not null then 'labels'
    end as link
  from candidate
)
select
  s.subject,
  s.source,
  coalesce(s.system_id, r.system_id) as system_id,
  s.platform,
  s.name,
  s.namespace,
  case when is_production(s.environment) then 'production' else s.environment end as environment,
  s.image,
  s.model_uri,
  coalesce(r.model, s.model) as model,
  coalesce(r.version, s.version) as version,
  s.linked_id as model_version_id,
  s.link as link_rule,
  s.created_at,
  s.deployed_at,
  s.deployed_by,
  case
    when r.approved or is_approved(s.approval_status) then true
    when s.approval_status is null and s.approved_by is not null then true
    else r.approved
  end as approved,
  coalesce(r.approval_status, s.approval_status) as approval_status,
  coalesce(r.approved_by, s.approved_by) as approved_by,
  coalesce(r.approved_at, s.approved_at) as approved_at,
  s.owner,
  s.logging_enabled,
  s.encrypted,
  s.monitored_by,
  coalesce(s.intended_use, r.intended_use) as intended_use
from linked s
left join registered r on r.subject = s.linked_id
