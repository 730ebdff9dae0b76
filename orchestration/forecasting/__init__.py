"""What is coming and who has to sit where: statistics that SQL is not the place for, over a built warehouse. Knows no Dagster."""
