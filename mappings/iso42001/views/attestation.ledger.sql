-- rows: annexa.attestation
-- What was taken back or corrected no longer counts, whatever its date says.
with undone as (
  select
    list(withdraws) filter (where withdraws is not null) as withdrawn,
    list(supersedes) filter (where supersedes is not null) as superseded
  from annexa_attestation
),
standing as (
  select a.*,
    case
      when a.withdraws is not null then 'withdrawal'
      when list_contains(u.withdrawn, a.id) then 'withdrawn'
      when list_contains(u.superseded, a.id) then 'superseded'
      when a.expires_at <= as_of() then 'expired'
      else 'valid'
    end as state
  from annexa_attestation a, undone u
)
select
  _subject as subject,
  _source as source,
  case when len(systems) = 1 then systems[1] end as system_id,
  id,
  "statement" as "statement",
  who,
  "role" as "role",
  stated_at,
  expires_at,
  state,
  state = 'valid' as valid,
  list_transform(coalesce(controls, []), lambda control: upper(trim(control))) as controls,
  coalesce(systems, []) as systems,
  period_start,
  period_end,
  made,
  key_is_listed,
  file_sha256
from standing
