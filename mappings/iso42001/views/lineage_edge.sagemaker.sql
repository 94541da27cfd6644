-- rows: aws.lineage_association, aws.training_job
-- A node of SageMaker's graph is what its source names: an object, a package, an endpoint, a job.
with job as (
  select _subject, _source, arn, name, ended_at, role_arn, output_model_package_arn, mlflow_run_id
  from aws_training_job
),
known as (
  select external_id as uri, min(subject) as node, 'model version' as type,
    min(model || ' ' || version) as label
  from registered where platform = 'sagemaker' and external_id is not null group by all
  union all by name
  select arn as uri, min(_subject) as node, 'training job' as type, min(name) as label
  from job group by all
  union all by name
  select arn as uri, min(_subject) as node, 'deployment' as type, min(name) as label
  from aws_endpoint group by all
),
node as (
  select
    n._source,
    n.arn,
    coalesce(k.node, case when starts_with(n.source_uri, 's3://') then place_of(n.source_uri) end,
      n._subject) as node,
    coalesce(k.type, case when starts_with(n.source_uri, 's3://') then 'place' end, n.node) as type,
    coalesce(k.label, n.name, n.source_uri, n.arn) as label,
    list_filter(coalesce(n.source_ids, []), lambda id: contains(id, '='))[1] as version
  from aws_lineage_node n
  left join known k on k.uri = n.source_uri
)
select
  a._subject as subject, a._source as source,
  d.node as node, d.type as node_type, d.label as node_label,
  s.node as origin, s.type as origin_type, s.label as origin_label,
  'recorded' as certainty, 'SageMaker lineage: ' || coalesce(a.type, 'associated') as rule,
  s.version, a.created_at as happened_at, a.created_by as producer
from aws_lineage_association a
join node d on d._source = a._source and d.arn = a.destination_arn
join node s on s._source = a._source and s.arn = a.source_arn
where d.node <> s.node
union all by name
select
  j._subject as subject, j._source as source,
  v.subject as node, 'model version' as node_type, v.model || ' ' || v.version as node_label,
  j._subject as origin, 'training job' as origin_type, j.name as origin_label,
  'recorded' as certainty, 'the training job made this package' as rule,
  null as version, j.ended_at as happened_at, j.role_arn as producer
from job j
join registered v on v.external_id = j.output_model_package_arn
union all by name
select
  j._subject as subject, j._source as source,
  r.subject as node, 'run' as node_type, r.name as node_label,
  j._subject as origin, 'training job' as origin_type, j.name as origin_label,
  'recorded' as certainty, 'the training job names the MLflow run' as rule,
  null as version, j.ended_at as happened_at, j.role_arn as producer
from job j
join run r on r.run_id = j.mlflow_run_id
