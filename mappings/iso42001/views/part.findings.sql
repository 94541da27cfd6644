-- rows: findings.component
-- Of several bills of one tool about the same only the newest counts.
with newest as (
  select _source, path, about,
    row_number() over (
      partition by
        _source, format, producer, case when len(about) > 0 then about::varchar else path end
      order by coalesce(made_at, modified_at) desc, path desc
    ) as place
  from findings_report
  where format in ('cyclonedx', 'spdx')
)
select
  c._subject as subject,
  c._source as source,
  c.name,
  c.version,
  c.type,
  c.purl,
  coalesce(cardinality(c.hashes), 0) > 0 as hashed,
  coalesce(len(c.licences), 0) > 0 as licensed,
  coalesce(c.described, false) as described,
  coalesce(nullif(array_to_string(n.about, ', '), ''), c.report) as part_of
from findings_component c
join newest n on n._source = c._source and n.path = c.report and n.place = 1
