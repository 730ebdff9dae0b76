-- There are the five grades in their order, the lowest without a lower bound and the others each with one below that of the grade above.
with

grades as (

    select
        grades.grade,

        case grades.grade when 'excellent' then 1 when 'good' then 2 when 'fair' then 3 when 'poor' then 4 when 'bad' then 5 end as place,
        grades.from_score

    from {{ ref('quality_grades') }} as grades

),

counted as (

    select count(distinct grades.place) as known_grade_count

    from grades

),

compared as (

    select
        grades.grade,

        grades.place,
        grades.from_score,
        lag(grades.from_score) over (order by grades.place asc nulls last) as higher_from_score

    from grades

)

select
    compared.grade,
    compared.from_score

from compared
cross join counted
where
    compared.place is null
    or counted.known_grade_count < 5
    or (compared.from_score is null) <> (compared.place = 5)
    or compared.from_score >= compared.higher_from_score
    or compared.from_score > 100
