-- How much does each dimension of the service-quality score weigh, by each version of the pairwise comparisons? The geometric mean of its
-- row, over the sum of all. The consistency ratio compares how far the matrix is from one without contradictions with random ones of five
-- rows (1.12).
with

compared_pairs as (

    select
        pairs.version,
        pairs.score_dimension,
        pairs.compared_with,

        pairs.importance

    from {{ ref('ahp_pairwise') }} as pairs

    union all

    select
        pairs.version,
        pairs.compared_with as score_dimension,
        pairs.score_dimension as compared_with,

        1 / pairs.importance as importance

    from {{ ref('ahp_pairwise') }} as pairs

    union all

    select
        pairs.version,
        pairs.score_dimension,
        pairs.score_dimension as compared_with,

        cast(1 as {{ type_double() }}) as importance

    from (
        select
            pairs.version,
            pairs.score_dimension
        from {{ ref('ahp_pairwise') }} as pairs
        union
        select
            pairs.version,
            pairs.compared_with
        from {{ ref('ahp_pairwise') }} as pairs
    ) as pairs

),

row_means as (

    select
        pairs.version,
        pairs.score_dimension,

        exp(avg(ln(pairs.importance))) as geometric_mean

    from compared_pairs as pairs
    group by
        pairs.version,
        pairs.score_dimension

),

weights as (

    select
        row_means.version,
        row_means.score_dimension,

        row_means.geometric_mean / sum(row_means.geometric_mean) over (partition by row_means.version) as weight

    from row_means

),

eigenvalues as (

    select
        pairs.version,
        pairs.score_dimension,

        sum(pairs.importance * column_weights.weight) / max(row_weights.weight) as eigenvalue

    from compared_pairs as pairs
    inner join weights as row_weights
        on
            pairs.version = row_weights.version
            and pairs.score_dimension = row_weights.score_dimension
    inner join weights as column_weights
        on
            pairs.version = column_weights.version
            and pairs.compared_with = column_weights.score_dimension
    group by
        pairs.version,
        pairs.score_dimension

),

consistencies as (

    select
        eigenvalues.version,

        (avg(eigenvalues.eigenvalue) - count(*)) / (count(*) - 1) / 1.12 as consistency_ratio

    from eigenvalues
    group by eigenvalues.version

),

versions as (

    select
        pairs.version,

        min(pairs.valid_from) as valid_from,
        max(pairs.valid_to) as valid_to

    from {{ ref('ahp_pairwise') }} as pairs
    group by pairs.version

)

-- Rounded: sums of doubles differ in their last bits with the order of the rows.
select
    weights.version,
    weights.score_dimension,

    {{ rounded('weights.weight', 6) }} as weight,
    {{ rounded('consistencies.consistency_ratio', 6) }} as consistency_ratio,

    versions.valid_from,
    versions.valid_to

from weights
inner join consistencies
    on weights.version = consistencies.version
inner join versions
    on weights.version = versions.version
