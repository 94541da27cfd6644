-- rows: lineage_io
-- What a run wrote comes from that run, and the run from what it read.
select
  subject, source, run as node, run_type as node_type, run_label as node_label,
  place as origin, 'place' as origin_type, place as origin_label,
  case state when 'declared' then 'inferred' else 'recorded' end as certainty,
  case state when 'declared' then 'the job says that it reads this' else 'the run read it' end
    as rule,
  version, happened_at, producer, null as problem
from lineage_io
where direction = 'read'
union all by name
select
  subject, source, place as node, 'place' as node_type, place as node_label,
  run as origin, run_type as origin_type, run_label as origin_label,
  case state when 'complete' then 'recorded' when 'failed' then 'broken' else 'inferred' end
    as certainty,
  case state
    when 'declared' then 'the job says that it writes this'
    when 'open' then 'the run wrote it; its end was never reported'
    else 'the run wrote it'
  end as rule,
  version, happened_at, producer,
  case state when 'failed' then 'the run that wrote it failed' end as problem
from lineage_io
where direction = 'written'
