-- rows: documents.place
-- A push counts as reviewed when merged requests brought all of its commits, and these are known.
with moved as (
  select
    p._source as source,
    count(*) as pushes,
    count(*) filter (where p.how = 'force_push') as forced,
    count(*) filter (where p.how = 'push' and not (
      coalesce(len(p.commits), 0) > 0 and list_has_all(coalesce(m.commits, []), p.commits)
    )) as unreviewed
  from documents_push p
  left join (
    select _source, list_distinct(flatten(list(commits))) as commits from documents_merge group by all
  ) m on m._source = p._source
  group by all
)
select
  p._subject as subject,
  p._source as source,
  p.place,
  p.place = 's3' as is_store,
  p.branch,
  p.head,
  b.head as host_head,
  b.protected,
  b.review_required,
  b.enforce_admins as holds_for_admins,
  len(b.may_bypass) as bypassers,
  p.keeps_versions,
  p.whole_history,
  p.expires_after_days as older_versions_end,
  coalesce(m.pushes, 0) as pushes,
  coalesce(m.forced, 0) as forced,
  case when b.host is not null then coalesce(m.unreviewed, 0) end as unreviewed
from documents_place p
left join documents_branch_protection b on b._source = p._source and b.branch = p.branch
left join moved m on m.source = p._source
