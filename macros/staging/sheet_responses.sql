{# The answers on all sheets, whichever tool wrote them. Google Forms has no id of an answer: its moment, and its place among those of that
   moment, make one. Only some tools tell how long it took, through what was asked, and by which invitation. #}
{% macro sheet_responses(columns) -%}
    {%- set lacking = {
        'duration': 'cast(null as ' ~ type_integer() ~ ')',
        'channel': 'cast(null as ' ~ type_text() ~ ')',
        'invitation_id': 'cast(null as ' ~ type_text() ~ ')'
    } -%}
    {{ current_rows(source('survey_sheet', 'responses'), columns=columns) }}

    union all

    select
        {%- for column in columns %}
        {{ lacking[column] ~ ' as ' ~ column if column in lacking else 'typed_responses.' ~ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from ({{ current_rows(source('survey_sheet', 'typeform_responses'), columns=columns | reject('in', lacking) | list) }}) as typed_responses

    union all

    select
        {%- for column in columns %}
        {{ lacking[column] ~ ' as ' ~ column if column in lacking else 'numbered_forms.' ~ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        select
            cast(forms.submitted_at as {{ type_text() }}) || ' ' || cast({{ numbered_within('forms', 'submitted_at') }} as {{ type_text() }})
                as response_id
            {%- for column in ['ticket_id', 'order_number', 'email', 'answers', 'submitted_at'] %},
            forms.{{ column }}
            {%- endfor %}
        from ({{ current_rows(
            source('survey_sheet', 'form_responses'),
            columns=['ticket_id', 'order_number', 'email', 'answers', 'submitted_at', '_extract_id', '_line']
        ) }}) as forms
    ) as numbered_forms
{%- endmacro %}
