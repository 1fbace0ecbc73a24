"""Functions a user's statement may call: those that only compute with what they are given.

PostgreSQL has functions that read files, end sessions, or run the SQL in a text; a list of what
is harmless is safer than one of what is not.
"""

from __future__ import annotations

_aggregates = """
array_agg avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp every group_concat
json_agg json_group_array json_group_object json_object_agg jsonb_agg jsonb_object_agg max min
mode percentile_cont percentile_disc regr_slope stddev stddev_pop stddev_samp string_agg sum total
var_pop var_samp variance
"""
_windows = """
cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
"""
_texts = """
ascii btrim char char_length character_length chr concat concat_ws format glob hex initcap instr
left length like lower lpad ltrim md5 octet_length overlay position printf quote regexp_count
regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
regexp_split_to_table regexp_substr replace reverse right rpad rtrim soundex split_part
starts_with string_to_array strpos substr substring to_hex translate trim unicode unistr upper
"""
_numbers = """
abs acos asin atan atan2 cbrt ceil ceiling cos degrees div exp floor greatest least ln log log10
log2 mod pi pow power radians random round sign sin sqrt tan trunc width_bucket
"""
_times = """
age date date_bin date_part date_trunc datetime extract julianday make_date make_interval
make_time make_timestamp make_timestamptz now strftime time timediff to_char to_date to_number
to_timestamp unixepoch
"""
_json = """
json json_array json_array_elements json_array_elements_text json_array_length json_each
json_each_text json_error_position json_extract json_extract_path json_extract_path_text
json_insert json_object json_object_keys json_patch json_quote json_remove json_replace json_set
json_tree json_type json_typeof json_valid jsonb jsonb_array_elements jsonb_array_elements_text
jsonb_array_length jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text
jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first
jsonb_pretty jsonb_typeof row_to_json to_json to_jsonb
"""
_others = """
array_length array_to_string cardinality coalesce generate_series iif ifnull likelihood likely
nullif typeof unlikely unnest
"""

functions = frozenset(
    name
    for group in (_aggregates, _windows, _texts, _numbers, _times, _json, _others)
    for name in group.split()
)
# What SQLite's operators call.
operators = frozenset(("->", "->>", "like", "glob", "match"))

# Words of SQL that a parenthesis may follow.
_words = """
all and any array as asc between by case cast cross cube desc distinct else end except exists
extract filter from full group grouping having ilike in inner intersect is join lateral left like
limit materialized natural not offset on or order outer over partition recursive right rollup row
select sets similar some then to union using values when where window with within
"""
before_parenthesis = frozenset(_words.split())
