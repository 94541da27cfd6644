-- rows: aws.cluster
-- Open means that no list of addresses limits who may reach the API.
select
  _subject as subject,
  _source as source,
  aws_system(tags) as system_id,
  name,
  is_public and coalesce(list_contains(public_cidrs, '0.0.0.0/0'), false) as open_to_all,
  secrets_key_arn is not null as secrets_encrypted
from aws_cluster
