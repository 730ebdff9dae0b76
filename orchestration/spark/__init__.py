"""Apache Spark as the engine of a build: its session, what it is handed, and what is shown of what it built (docs/spark.md)."""
