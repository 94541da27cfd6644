-- rows: aws.image
-- Signatures, attestations and SBOMs are images too, about another one; they do not run.
with running as (
  select image, min(name) as name, min(system_id) as system_id
  from deployment
  where environment = 'production' and image is not null
  group by all
),
by_digest as (
  select regexp_extract(image, 'sha256:[0-9a-f]+') as digest, min(name) as name,
    min(system_id) as system_id
  from running
  where contains(image, '@sha256:')
  group by all
),
tagged as (
  select _subject, split_part(uri, '@', 1) || ':' || unnest(tags) as image from aws_image
),
by_tag as (
  select t._subject, min(r.name) as name, min(r.system_id) as system_id
  from tagged t
  join running r on r.image = t.image
  group by all
)
select
  i._subject as subject,
  i._source as source,
  coalesce(d.system_id, t.system_id) as system_id,
  i.repository,
  i.digest,
  i.pushed_at,
  i.scanned_at,
  case when i.scanned_at is not null or cardinality(i.findings) > 0
    then coalesce(i.findings['CRITICAL'], 0) end as critical,
  r.tag_mutability = 'IMMUTABLE' as tags_fixed,
  coalesce(d.name, t.name) is not null as in_production,
  coalesce(d.name, t.name) as used_by
from aws_image i
left join aws_image_repository r on r._source = i._source and r.name = i.repository
left join by_digest d on d.digest = i.digest
left join by_tag t on t._subject = i._subject
where i.subject_digest is null
