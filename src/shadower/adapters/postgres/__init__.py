"""PostgreSQL: binary COPY into a log partitioned by time of arrival."""
