-- rows: documents.document
-- Whom the list of approvers names at that time, and what the host knows of the review itself.
with listed as (
  select
    d.subject,
    count(*) filter (
      where (same_person(a.who, d.approved_by) or list_contains(a.names, d.approved_by))
        and (coalesce(len(a.types), 0) = 0 or list_contains(a.types, d.type))
        and coalesce(try_cast(a.valid_from as date) <= d.approved_at::date, a.valid_from is null)
        and coalesce(try_cast(a.valid_until as date) >= d.approved_at::date, a.valid_until is null)
        and coalesce(a.listed_at::date <= d.approved_at::date, true)
        and coalesce(a.unlisted_at > d.approved_at, true)
    ) as approvers
  from document d, documents_approver a
  where d.approved
  group by all
),
review as (
  select _source as source, commits, merged_at, author, authors, unnest(reviews) as r
  from documents_merge
),
good as (
  select distinct e.source, e.commits
  from review e
  join documents_approver a on list_contains(a.names, e.r."by")
  where e.r.state = 'approved' and e.r."at" <= e.merged_at
    and e.r."by" <> coalesce(e.author, '') and not list_contains(a.names, coalesce(e.author, ''))
    and not list_has_any(a.names, coalesce(e.authors, []))
    and coalesce(try_cast(a.valid_from as date) <= e.r."at"::date, a.valid_from is null)
    and coalesce(try_cast(a.valid_until as date) >= e.r."at"::date, a.valid_until is null)
    and coalesce(a.unlisted_at > e.r."at", true)
),
version as (
  select
    _source as source,
    path,
    max(id) filter (where is_current) as id,
    count(*) filter (where sha256 is null and not is_deletion) as unreadable
  from documents_version
  group by all
),
hosted as (
  select distinct _source as source from documents_branch_protection
)
select
  d.subject,
  d.source,
  d.system_id,
  coalesce(d.title, d.id) as title,
  d.type,
  d.author,
  d.approved_by,
  d.approved_at,
  l.approvers > 0 as listed,
  case when h.source is not null and v.id is not null
    then exists (select 1 from good g where g.source = d.source and list_contains(g.commits, v.id))
    end as reviewed,
  v.unreadable as unreadable_versions
from document d
left join listed l on l.subject = d.subject
left join version v on v.source = d.source and v.path = d.path
left join hosted h on h.source = d.source
where d.approved
