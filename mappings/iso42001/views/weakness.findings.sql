-- rows: findings.finding
-- What was found, once for each report, with the place that the tool names first.
select
  f._subject as subject,
  f._source as source,
  coalesce(f."check", f.id) as name,
  f.title,
  f.tool,
  s.target,
  f.status,
  f.severity,
  f.suppressed,
  coalesce(
    f.resources[1].name, f.resources[1].uid,
    f.locations[1].path || coalesce(':' || f.locations[1].line, '')
  ) as place,
  f.account,
  s.made_at as found_at,
  f.first_seen_at
from findings_finding f
join scan s on s.source = f._source and s.name = f.report
where f.baseline is distinct from 'absent'
