-- rows: findings.report
-- Of several reports in one format by one tool about the same only the newest counts; one that does
-- not say what it is about stands for itself.
with ordered as (
  select *,
    row_number() over (
      partition by
        _source, format, producer, case when len(about) > 0 then about::varchar else path end
      order by coalesce(made_at, modified_at) desc, path desc
    ) as place
  from findings_report
  where format in ('ocsf', 'sarif')
),
counted as (
  select _source, report,
    count(*) as results,
    count(*) filter (where status = 'fail') as failing,
    count(*) filter (where status = 'fail' and suppressed) as suppressed,
    count(*) filter (
      where status = 'fail' and suppressed is not true and severity in ('critical', 'high')
    ) as severe,
    any_value("check") filter (
      where status = 'fail' and suppressed is not true and severity in ('critical', 'high')
    ) as severe_check
  from findings_finding
  where baseline is distinct from 'absent'
  group by all
)
select
  r._subject as subject,
  r._source as source,
  r.path as name,
  case r.format when 'ocsf' then 'platform' else 'code' end as target,
  r.producer as tool,
  coalesce(nullif(array_to_string(r.about, ', '), ''), r.path) as about,
  coalesce(r.made_at, r.modified_at) as made_at,
  coalesce(c.results, 0) as results,
  coalesce(c.failing, 0) as failing,
  coalesce(c.suppressed, 0) as suppressed,
  coalesce(c.severe, 0) as severe,
  c.severe_check
from ordered r
left join counted c on c._source = r._source and c.report = r.path
where r.place = 1
