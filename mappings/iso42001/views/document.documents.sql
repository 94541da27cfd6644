-- rows: documents.document
-- A date in review_by means: until the end of that day. Reviews stand in the document itself or in
-- the register of reviews, which names it by its id or path.
with registered_review as (
  select _source, document, max(instant("on")) as reviewed_at from documents_review group by all
),
read as (
  select
    d.*,
    nullif(trim(d.approved_by), '') as approver,
    instant(d.approved_at) as approval_at,
    instant(d.review_by) as due_at,
    greatest(
      list_max(list_transform(d.reviews, lambda review: instant(review."on"))),
      i.reviewed_at,
      p.reviewed_at
    ) as reviewed_at
  from documents_document d
  left join registered_review i on i._source = d._source and i.document = d.id
  left join registered_review p on p._source = d._source and p.document = d.path
),
dated as (
  select *, greatest(reviewed_at, approval_at) as last_seen_at,
    approver is not null and approval_at is not null and approval_at <= as_of() as is_approved
  from read
)
select
  _subject as subject,
  _source as source,
  case when len(systems) = 1 then systems[1] end as system_id,
  id,
  path,
  lower(trim(type)) as type,
  title,
  owner,
  version,
  commit.author as author,
  is_approved as approved,
  approver as approved_by,
  approval_at as approved_at,
  approver_role,
  due_at as review_by,
  last_seen_at as last_reviewed_at,
  case
    when not is_approved then false
    when review_by is not null then due_at + interval 1 day > as_of()
    else last_seen_at + interval 365 days > as_of()
  end as is_current,
  first_committed_at,
  list_transform(coalesce(controls, []), lambda control: upper(trim(control))) as controls,
  coalesce(systems, []) as systems,
  coalesce(headings, []) as headings,
  sha256 as content_sha256
from dated
