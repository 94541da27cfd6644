-- rows: aws.cluster
-- Open means that no list of addresses limits who may reach the API.
select
  _subject as subject,
  _source as source,
  aws_system(tags) as system_id,
  name,
  case when not is_public then false
    when len(public_cidrs) > 0 then list_has_any(public_cidrs, ['0.0.0.0/0', '::/0']) end as open_to_all,
  secrets_key_arn is not null as secrets_encrypted
from aws_cluster
