"""The other engine, on trial: what dbt on Apache Spark needs beside the macros. A refresh uses nothing of it (docs/spark.md)."""
